import Foundation
import Glibc
package import Sockets

/// A TCP client that sends exactly the bytes it is given, even those that no HTTP library would send; over TLS or not.
///
/// Reads block a thread of their own, so that the test's tasks continue, and give up after 10 s.
package final class RawClient: @unchecked Sendable {  // one test uses it, one call at a time
    private let fd: CInt
    private var tls: TLSSession?
    private var isOpen = true
    /// Bytes that were read but not asked for yet.
    private var received = ResponseReader()
    private var timedOut = false

    /// Connects to 127.0.0.1; with a TLS context, the handshake is done before this returns.
    ///
    /// `receiveBufferBytes` is how much the kernel accepts for a client that does not read; `source` is the client's
    /// own address, any of 127.0.0.0/8.
    package init(
        port: Int,
        from source: String? = nil,
        tls context: TLSContext? = nil,
        receiveBufferBytes: Int? = nil
    ) throws {
        fd = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var bytes = receiveBufferBytes.map(CInt.init) { setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, 4) }
        var one: CInt = 1
        setsockopt(fd, CInt(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        var own = address
        (own.sin_port, own.sin_addr.s_addr) = (0, inet_addr(source ?? "0.0.0.0"))
        var code: CInt = 0
        if source != nil { code = withSocketAddress(&own) { bind(fd, $0, $1) } }
        if code == 0 { code = withSocketAddress(&address) { connect(fd, $0, $1) } }
        guard code == 0 else { throw RawClientError(text: "connect: \(String(cString: strerror(errno)))") }
        guard let context else { return }
        signal(SIGPIPE, SIG_IGN)  // OpenSSL writes without MSG_NOSIGNAL
        let session = try TLSSession(context: context, fd: fd, role: .client(host: "localhost"))
        let outcome = session.handshake()
        guard case .done = outcome else { throw RawClientError(text: "handshake: \(outcome)") }
        tls = session
    }

    deinit { close() }

    /// Closes the socket; the kernel ends the connection in order if everything was read.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        tls = nil
        Glibc.close(fd)
    }

    package func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends all bytes, unless the server closes; its answer so far can still be read then.
    package func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count,
            let count = bytes.withUnsafeBytes({ sendSome(.init(rebasing: $0[sent...])) })
        {
            sent += count
        }
    }

    private func sendSome(_ bytes: UnsafeRawBufferPointer) -> Int? {
        if let tls {
            guard case .done(let count) = tls.write(bytes) else { return nil }
            return count
        }
        let count = Glibc.send(fd, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        return count > 0 ? count : nil
    }

    /// Sends bytes that may not fit into the kernel's buffers.
    package func sendAll(_ bytes: [UInt8]) async { await onThread { $0.send(bytes) } }

    /// Ends the sending side.
    package func finish() { shutdown(fd, CInt(SHUT_WR)) }

    /// Resets the connection instead of closing it in order.
    package func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Reads until the text holds `marker`, or the server closes.
    package func read(until marker: String) async -> String {
        await onThread { client in
            while !text(client.received.bytes).contains(marker), client.readSome() {}
            return text(client.received.takeAll())
        }
    }

    /// Reads until the server closes. nil when it doesn't within 10 s.
    package func readToEnd() async -> String? {
        await onThread { client in
            while client.readSome() {}
            return client.timedOut ? nil : text(client.received.takeAll())
        }
    }

    /// Reads exactly one response; `toHead` when the request was HEAD.
    ///
    /// Throws when the server closes, or is silent for 10 s, before the response is complete.
    package func readResponse(toHead: Bool = false) async throws -> RawResponse {
        try await onThread { client in Result { try client.readResponseHere(toHead: toHead) } }.get()
    }

    /// Reads one response on the caller's own thread, for tests that measure time.
    package func readResponseHere(toHead: Bool = false) throws -> RawResponse {
        var response = received.next(toHead: toHead, isEnd: false)
        while response == nil, readSome() { response = received.next(toHead: toHead, isEnd: false) }
        if response == nil, !timedOut { response = received.next(toHead: toHead, isEnd: true) }
        if let response { return response }
        let what = "\(timedOut ? "silence" : "the end") after \(received.bytes.count) bytes of a response"
        throw RawClientError(text: "\(what): \(text(Array(received.bytes.prefix(500))))")
    }

    private func readSome() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        if let tls {
            switch buffer.withUnsafeMutableBytes({ tls.read(into: $0) }) {
            case .done(let count): received.append(buffer[..<count])
            case .wantRead, .wantWrite:
                timedOut = true
                return false
            case .closed, .failed: return false
            }
            return true
        }
        let count = recv(fd, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN { timedOut = true }
        guard count > 0 else { return false }
        received.append(buffer[..<count])
        return true
    }

    private func onThread<T: Sendable>(_ body: @escaping @Sendable (RawClient) -> T) async -> T {
        await withCheckedContinuation { continuation in
            // Not a dispatch queue: those have few threads, and every test in the process would wait for them.
            Thread.detachNewThread { continuation.resume(returning: body(self)) }
        }
    }
}

private func withSocketAddress(
    _ address: inout sockaddr_in,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
) -> CInt {
    withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

package struct RawClientError: Error, CustomStringConvertible {
    package let text: String

    package var description: String { text }
}
