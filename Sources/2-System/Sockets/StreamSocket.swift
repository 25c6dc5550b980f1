import CLinux
import EventLoop
import Glibc

/// A connected, non-blocking stream socket, with or without TLS. Closed once, by `close()`.
///
/// Lives on one loop's thread. Reads and writes never block: `.wouldBlock` means that the loop will report a change.
package final class StreamSocket {
    package enum Outcome: Equatable {
        /// The number of bytes that were moved; at least one.
        case moved(Int)
        case wouldBlock
        /// The peer ended its side in an orderly way.
        case ended
        case failed(String)
    }

    package let fd: CInt
    private var tls: TLSSession?
    private var handshakeDone: Bool
    private var isOpen = true
    /// Whether the connection ended with a reset and no orderly end before it: how much the peer has read is then
    /// unknown.
    package private(set) var wasReset = false
    /// Whether the handshake failed because the peer speaks HTTP without TLS. From then on the socket is a plain one.
    package private(set) var speaksPlainHTTP = false

    /// Takes over `fd`.
    package init(fd: CInt) {
        self.fd = fd
        handshakeDone = true
    }

    /// Takes over `fd`, which must not have carried any bytes yet. `handshake()` comes before reads and writes.
    /// - Throws: when the session cannot start; `fd` is then still the caller's.
    package init(fd: CInt, context: TLSContext, role: TLSSession.Role) throws(TLSError) {
        // Made before `self` is complete, so that a throw runs no deinit.
        let session = try TLSSession(context: context, fd: fd, role: role)
        self.fd = fd
        handshakeDone = false
        tls = session
    }

    deinit { precondition(!isOpen, "a socket was dropped without being closed") }

    package var isTLS: Bool { tls != nil }
    package var needsHandshake: Bool { !handshakeDone }

    /// Goes on with the TLS handshake. `.moved` when it is done.
    package func handshake() -> Outcome {
        guard let tls else { return .moved(1) }
        switch tls.handshake() {
        case .done:
            handshakeDone = true
            return .moved(1)
        case .wantRead, .wantWrite: return .wouldBlock
        case .closed: return .ended
        case .failed(let error):
            if error.kind == .plainHTTP || error.kind == .notTLS && restEndsRequestLine() {
                speaksPlainHTTP = true
                self.tls = nil
            }
            return .failed(error.message)
        }
    }

    /// Whether the bytes after those that OpenSSL took are the end of a request line. OpenSSL recognises requests by
    /// four methods only, and a browser's OPTIONS is none of the four.
    private func restEndsRequestLine() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 2048)
        let count = recv(fd, &bytes, bytes.count, CInt(MSG_PEEK))
        guard count > 0 else { return false }
        var line = bytes[..<count].prefix { $0 != 10 }
        if line.count == count { return false }
        if line.last == 13 { line.removeLast() }
        let end = Array(line.suffix(9))
        return end == Array(" HTTP/1.1".utf8) || end == Array(" HTTP/1.0".utf8)
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        if let tls { return outcome(tls.read(into: buffer)) }
        while true {
            let count = recv(fd, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .moved(count) }
            if count == 0 { return .ended }
            let code = linux_errno()
            if code == EINTR { continue }
            return code == EAGAIN ? .wouldBlock : broken(code)
        }
    }

    private func broken(_ code: CInt) -> Outcome {
        // After the peer's orderly end a reset is reported as EPIPE, or as the end. Source: tcp_reset() in Linux's
        // tcp_input.c
        wasReset = wasReset || code != EPIPE
        return .failed(errorText(code))
    }

    package func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        if let tls { return outcome(tls.write(bytes)) }
        while true {
            let count = send(fd, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
            if count >= 0 { return .moved(count) }
            let code = linux_errno()
            if code == EINTR { continue }
            return code == EAGAIN ? .wouldBlock : broken(code)
        }
    }

    private func outcome(_ outcome: TLSSession.Outcome) -> Outcome {
        switch outcome {
        case .done(let count): .moved(count)
        case .wantRead, .wantWrite: .wouldBlock
        case .closed: .ended
        case .failed(let error): tlsBroken(error)
        }
    }

    private func tlsBroken(_ error: TLSError) -> Outcome {
        wasReset = wasReset || error.code == Int(ECONNRESET)
        return .failed(error.message)
    }

    /// Tells the peer that no more bytes will come; reading goes on.
    package func finishWriting() {
        tls?.shutdown()
        shutdown(fd, CInt(SHUT_WR))
    }

    /// Closes the descriptor, which the caller must have unwatched. Calls after the first do nothing.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        tls?.shutdown()
        tls = nil
        Glibc.close(fd)
    }
}
