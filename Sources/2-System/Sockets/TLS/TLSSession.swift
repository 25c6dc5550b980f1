import COpenSSL
import Glibc

/// One TLS session over one connected socket.
///
/// Not `Sendable`: it stays on the thread that polls the socket. It neither owns nor closes the descriptor. Every
/// call returns at once when the descriptor is non-blocking. With edge-triggered polling, read until `.wantRead`:
/// a short read does not mean that the socket is drained.
/// Source: https://docs.openssl.org/3.0/man3/SSL_read/, SSL_write, SSL_do_handshake
package final class TLSSession {
    package enum Role: Sendable {
        case server
        /// `host` is a name or an address (IPv6 with or without brackets), and must be in the peer's certificate.
        case client(host: String)
    }

    package enum Outcome: Equatable, Sendable {
        /// Bytes read or written, at least 1 unless the buffer was empty; 0 for a finished handshake.
        case done(Int)
        /// Call again when the socket is readable.
        case wantRead
        /// Call again when the socket is writable.
        case wantWrite
        /// The peer has ended its side properly; nothing was cut short.
        case closed
        /// The session is over; close the socket.
        case failed(TLSError)
    }

    private let handle: OpaquePointer
    /// After a fatal failure OpenSSL allows nothing but SSL_free.
    private var isBroken = false

    /// - Throws: `.library`; also when `host` is not something a certificate could be made for.
    package init(context: TLSContext, fd: CInt, role: Role) throws(TLSError) {
        ERR_clear_error()
        guard let handle = SSL_new(context.handle) else { throw .library(doing: "starting a TLS session") }
        self.handle = handle
        guard SSL_set_fd(handle, fd) == 1 else { throw .library(doing: "starting a TLS session") }
        switch role {
        case .server:
            SSL_set_accept_state(handle)
        case .client(let host):
            SSL_set_connect_state(handle)
            try expect(host: host)
        }
    }

    deinit { SSL_free(handle) }

    /// Goes on with the handshake; `.done(0)` when it is finished and, for a client, the certificate is accepted.
    package func handshake() -> Outcome {
        attempt("TLS handshake") { _ in SSL_do_handshake(handle) }
    }

    /// Reads decrypted bytes into `buffer`.
    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        guard !buffer.isEmpty else { return .done(0) }
        return attempt("reading over TLS") { SSL_read_ex(handle, buffer.baseAddress, buffer.count, &$0) }
    }

    /// Encrypts and writes a first part of `bytes`; after `.wantRead` or `.wantWrite` the next call must begin with
    /// the same bytes, at any address.
    package func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard !bytes.isEmpty else { return .done(0) }
        return attempt("writing over TLS") { SSL_write_ex(handle, bytes.baseAddress, bytes.count, &$0) }
    }

    /// Tells the peer that nothing more will be written. One attempt: it does not wait for the peer's answer, and
    /// reading may go on.
    package func shutdown() {
        guard !isBroken, SSL_is_init_finished(handle) == 1 else { return }
        ERR_clear_error()
        // Fails on a full socket or a dead peer; closing the socket ends the connection then.
        if SSL_shutdown(handle) < 0 { ERR_clear_error() }
    }

    /// The protocol version agreed on: `TLSv1.2` or `TLSv1.3`; meaningful after the handshake.
    package var version: String { String(cString: SSL_get_version(handle)) }

    /// The protocol agreed on by ALPN, `nil` when the peer did not take part. Used by tests alone.
    package var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(handle, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    private func attempt(_ what: String, _ call: (inout Int) -> CInt) -> Outcome {
        guard !isBroken else {
            let words = "\(what): the session has already failed"
            return .failed(TLSError(kind: .library, code: 0, message: words))
        }
        ERR_clear_error()  // SSL_get_error looks at the thread's whole queue
        errno = 0
        var count = 0
        let result = call(&count)
        if result > 0 { return .done(count) }
        let code = errno
        let sslError = SSL_get_error(handle, result)
        switch sslError {
        case SSL_ERROR_WANT_READ: return .wantRead
        case SSL_ERROR_WANT_WRITE: return .wantWrite
        case SSL_ERROR_ZERO_RETURN: return .closed
        default:
            isBroken = true
            return .failed(sessionFailure(handle, sslError: sslError, errno: code, doing: what))
        }
    }

    /// Asks for `host` by SNI (names only, RFC 6066 §3) and refuses certificates made for anything else.
    private func expect(host: String) throws(TLSError) {
        var name = host[...]
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw TLSError(
                kind: .library,
                code: 0,
                message: "\"\(host)\" is not a host name that a certificate could have"
            )
        }
        let isAddress = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), String(name)) == 1
        ERR_clear_error()
        if isAddress { return }
        if name.hasSuffix(".") { name = name.dropLast() }  // absolute in DNS, never in a certificate
        SSL_set_hostflags(handle, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        guard SSL_set1_host(handle, String(name)) == 1,
            shim_SSL_set_tlsext_host_name(handle, String(name)) == 1
        else { throw .library(doing: "expecting a certificate for the host \"\(host)\"") }
    }
}
