import CLinux
import EventLoop
import Glibc

/// Sends text to a TCP listener that answers nothing. For threads that may block.
package enum OneWayMessage {
    /// Connects, sends all, and closes.
    /// - Parameters:
    ///   - host: a name or an address; looking up a name isn't bounded by `seconds`.
    ///   - seconds: the time limit for connecting, and for each write.
    /// - Returns: why it failed; nil when the peer took the connection and the kernel took all bytes for it.
    package static func send(_ text: String, host: String, port: Int, within seconds: Int) -> String? {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else { return "\(host): \(String(cString: gai_strerror(status)))" }
        defer { freeaddrinfo(list) }
        var fault = "\(host) has no address"
        var next = list
        while let entry = next {
            guard let failure = send(text, to: entry.pointee, seconds) else { return nil }
            fault = "\(host):\(port): \(failure)"
            next = entry.pointee.ai_next
        }
        return fault
    }

    private static func send(_ text: String, to address: addrinfo, _ seconds: Int) -> String? {
        let type = address.ai_socktype | CInt(SOCK_CLOEXEC.rawValue)
        let fd = socket(address.ai_family, type, address.ai_protocol)
        guard fd >= 0 else { return errorText(linux_errno()) }
        defer { close(fd) }
        // connect(2) obeys the same limit.
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard connect(fd, address.ai_addr, address.ai_addrlen) == 0 else {
            let code = linux_errno()
            return code == EINPROGRESS ? "no connection in \(seconds) s" : errorText(code)
        }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.send(fd, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count > 0 {
                bytes = bytes.dropFirst(count)
                continue
            }
            let code = linux_errno()
            if code == EINTR { continue }
            return code == EAGAIN ? "accepted no data for \(seconds) s" : errorText(code)
        }
        return nil
    }
}
