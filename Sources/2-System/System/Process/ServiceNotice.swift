import CLinux
import Glibc

/// Tells the service manager that started this process how it goes: systemd, for a unit with `Type=notify`. Any thread.
///
/// A datagram to the socket that it named; nobody waits, and what it doesn't take is lost. Children aren't told the socket.
/// Source: sd_notify(3)
package struct ServiceNotice: Sendable {
    private let socket: String

    /// nil when nobody wants to hear. `$NOTIFY_SOCKET` is a path, or a name in the abstract namespace after `@`.
    package init?(environment: [String: String]) {
        guard let socket = environment["NOTIFY_SOCKET"], socket.hasPrefix("/") || socket.hasPrefix("@") else {
            return nil
        }
        self.socket = socket
    }

    /// It serves; also after a reload.
    /// - Parameter status: one line for `systemctl status`.
    package func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    /// A reload begins; `ready` ends it.
    package func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
        send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=reloading")
    }

    /// It is about to end.
    package func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(status)") }

    private func send(_ text: String) {
        let line = Array(text.utf8CString)
        // One who doesn't listen any more has no need to know.
        _ = line.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { linux_notify(socket, $0, bytes.count - 1) }
        }
    }
}
