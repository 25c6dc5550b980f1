import COpenSSL
import Glibc

/// The settings that all sessions of a listener, or of a client, have in common: certificates, trust, protocol.
///
/// Any thread may start sessions from it; OpenSSL counts the references, so a session outlives a swapped context.
/// Both roles speak TLS 1.2 and 1.3, without compression or renegotiation, and agree on `http/1.1` by ALPN.
/// Source: https://docs.openssl.org/3.0/man3/SSL_CTX_new/
package final class TLSContext: Sendable {
    /// Never changed after `init`; SSL_CTX may then be read by any thread.
    nonisolated(unsafe) let handle: OpaquePointer

    /// When the server's own certificate stops being valid, in seconds since 1970; `nil` in a client's context.
    package let certificateExpiresAt: Int64?

    private init(_ handle: OpaquePointer, certificateExpiresAt: Int64?) {
        self.handle = handle
        self.certificateExpiresAt = certificateExpiresAt
    }

    deinit { SSL_CTX_free(handle) }

    /// A server's context. Reads both files now; they are not read again.
    ///
    /// Both are PEM: the certificate file holds the server's certificate first, then the intermediates; the key
    /// is not encrypted.
    /// - Throws: `.file` with the path and what is wrong with it.
    package static func server(certificateFile: String, keyFile: String) throws(TLSError) -> TLSContext {
        let chain = try PEMFile(certificateFile, purpose: "certificate file").certificates()
        defer { for certificate in chain { X509_free(certificate) } }
        let key = try PEMFile(keyFile, purpose: "key file").privateKey()
        defer { EVP_PKEY_free(key) }
        guard let leaf = chain.first else { throw .library(doing: "reading \(certificateFile)") }
        guard X509_check_private_key(leaf, key) == 1 else {
            ERR_clear_error()
            throw .file(
                keyFile,
                "key file \(keyFile) does not belong to the first certificate in \(certificateFile); "
                    + "the server's own certificate must come first, and the key must be the one it was made for"
            )
        }

        let context = TLSContext(
            try harden(SSL_CTX_new(TLS_server_method())),
            certificateExpiresAt: expiry(of: leaf)
        )
        let handle = context.handle
        shim_SSL_CTX_disable_session_cache(handle)
        SSL_CTX_set_num_tickets(handle, 1)
        SSL_CTX_set_alpn_select_cb(handle, selectHTTP1, nil)
        guard SSL_CTX_use_certificate(handle, leaf) == 1 else {
            throw unusable(certificateFile, "certificate file \(certificateFile)")
        }
        for certificate in chain.dropFirst() where shim_SSL_CTX_add1_chain_cert(handle, certificate) != 1 {
            throw unusable(certificateFile, "intermediate certificate in \(certificateFile)")
        }
        guard SSL_CTX_use_PrivateKey(handle, key) == 1 else { throw unusable(keyFile, "key file \(keyFile)") }
        return context
    }

    /// A client's context, which verifies the server's certificate and that it was made for the host.
    ///
    /// `caFile` is PEM with the only issuers to trust; without it, they are the system's (or `SSL_CERT_FILE`,
    /// `SSL_CERT_DIR`), which OpenSSL looks up when a certificate comes.
    /// - Throws: `.file` with the path and what is wrong with it.
    package static func client(caFile: String? = nil) throws(TLSError) -> TLSContext {
        let context = TLSContext(try harden(SSL_CTX_new(TLS_client_method())), certificateExpiresAt: nil)
        let handle = context.handle
        SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nil)
        let offered: [UInt8] = [8] + Array("http/1.1".utf8)
        guard SSL_CTX_set_alpn_protos(handle, offered, UInt32(offered.count)) == 0 else {
            throw .library(doing: "offering http/1.1")
        }
        guard let caFile else {
            guard SSL_CTX_set_default_verify_paths(handle) == 1 else {
                throw .library(doing: "opening the system's certificate store")
            }
            return context
        }
        try context.trust(caFile, "CA file")
        return context
    }

    /// A client's context that accepts the certificates of a PEM file and what they issued, and nothing else.
    ///
    /// Unlike an authority's, such a certificate need not be self-signed: a server's own will do. Its name and its
    /// dates are verified like any other's.
    /// - Throws: `.file` with the path and what is wrong with it.
    /// Source: https://docs.openssl.org/3.0/man3/X509_VERIFY_PARAM_set_flags/ (X509_V_FLAG_PARTIAL_CHAIN)
    package static func client(pinnedFile: String) throws(TLSError) -> TLSContext {
        let context = TLSContext(try harden(SSL_CTX_new(TLS_client_method())), certificateExpiresAt: nil)
        SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER, nil)
        guard
            X509_VERIFY_PARAM_set_flags(
                SSL_CTX_get0_param(context.handle),
                UInt(X509_V_FLAG_PARTIAL_CHAIN)
            ) == 1
        else { throw .library(doing: "choosing what to trust") }
        try context.trust(pinnedFile, "certificate file")
        return context
    }

    private func trust(_ file: String, _ purpose: String) throws(TLSError) {
        let issuers = try PEMFile(file, purpose: purpose).certificates()
        defer { for issuer in issuers { X509_free(issuer) } }
        for issuer in issuers where X509_STORE_add_cert(SSL_CTX_get_cert_store(handle), issuer) != 1 {
            throw Self.unusable(file, "\(purpose) \(file)")
        }
    }

    private static func harden(_ handle: OpaquePointer?) throws(TLSError) -> OpaquePointer {
        guard let handle else { throw .library(doing: "starting OpenSSL") }
        shim_SSL_CTX_harden(handle)
        // For TLS 1.2; forward secrecy and authenticated encryption only. TLS 1.3 has no others.
        guard SSL_CTX_set_cipher_list(handle, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 else {
            SSL_CTX_free(handle)
            throw .library(doing: "choosing ciphers")
        }
        return handle
    }

    private static func unusable(_ path: String, _ what: String) -> TLSError {
        let code = ERR_peek_error()
        ERR_clear_error()
        return .file(path, "\(what) cannot be used: \(TLSError.reason(code))", code: Int(code))
    }

    private static func expiry(of certificate: OpaquePointer) -> Int64? {
        var time = tm()
        guard ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1 else { return nil }
        return Int64(timegm(&time))
    }
}

/// Picks `http/1.1` from the client's ALPN list; a client that speaks only something else gets the alert for it.
/// Source: RFC 7301 §3.2; the chosen name may point into the client's list.
@c private func selectHTTP1(
    _: OpaquePointer?,
    _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenCount: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?,
    _ offeredCount: UInt32,
    _: UnsafeMutableRawPointer?
) -> CInt {
    let wanted = Array("http/1.1".utf8)
    let names = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
    var position = 0
    while position < names.count {
        let start = position + 1
        let end = start + Int(names[position])
        guard end <= names.count else { break }
        if names[start..<end].elementsEqual(wanted) {
            chosen?.pointee = offered?.advanced(by: start)
            chosenCount?.pointee = UInt8(wanted.count)
            return SSL_TLSEXT_ERR_OK
        }
        position = end
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
