import Dispatch
import Glibc

/// A plain TCP client that sends exactly the bytes it is given, for what no HTTP library would send.
///
/// Blocking calls run on a thread of their own, so that the test's tasks go on meanwhile. Reads give up after 10 s.
package final class RawClient: @unchecked Sendable {  // one test uses it, one call at a time
    private let fd: CInt

    package init(port: Int) throws {
        fd = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw RawClientError(text: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { Glibc.close(fd) }

    package func send(_ text: String) { send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(fd, $0.baseAddress.map { $0 + sent }, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }  // the server closed: what it answered can still be read
            sent += count
        }
    }

    /// Ends the sending side.
    package func finish() { shutdown(fd, CInt(SHUT_WR)) }

    /// Resets the connection instead of closing it in order.
    package func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        shutdown(fd, CInt(SHUT_RDWR))
    }

    /// Reads until the text holds `marker`, or the server closes.
    package func read(until marker: String) async -> String {
        await onThread { client in
            var text = ""
            while !text.contains(marker), let part = client.readSome() { text += part }
            return text
        }
    }

    /// Reads until the server closes. nil when it did not within 10 s.
    package func readToEnd() async -> String? {
        await onThread { client in
            var text = ""
            while let part = client.readSome() { text += part }
            return client.timedOut ? nil : text
        }
    }

    private var timedOut = false

    private func readSome() -> String? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(fd, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN { timedOut = true }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private func onThread<T: Sendable>(_ body: @escaping @Sendable (RawClient) -> T) async -> T {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body(self)) }
        }
    }
}

package struct RawClientError: Error {
    package let text: String
}
