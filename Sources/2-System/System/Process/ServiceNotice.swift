import CLinux
import Glibc

/// Reports the state of this process to the service manager that started it: systemd, for a unit with `Type=notify`.
/// Any thread.
///
/// Each report is a datagram to the socket that the manager named. Sending never waits; a datagram that isn't taken
/// is lost. Child processes don't get the socket's name.
/// Source: sd_notify(3)
package struct ServiceNotice: Sendable {
    private let socket: String

    /// nil when no manager listens. `$NOTIFY_SOCKET` is a path, or a name in the abstract namespace after `@`.
    package init?(environment: [String: String]) {
        guard let socket = environment["NOTIFY_SOCKET"], socket.hasPrefix("/") || socket.hasPrefix("@") else {
            return nil
        }
        self.socket = socket
    }

    /// Reports that the server is ready, at the start and after a reload.
    /// - Parameter status: one line for `systemctl status`.
    package func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    /// Reports that a reload begins; `ready` ends it.
    package func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
        send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=reloading")
    }

    /// Reports that the server is about to end.
    package func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(status)") }

    private func send(_ text: String) {
        let line = Array(text.utf8CString)
        // A failure is ignored: a manager that doesn't listen any more needs no report.
        _ = line.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { linux_notify(socket, $0, bytes.count - 1) }
        }
    }
}
