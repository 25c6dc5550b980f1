import COpenSSL
import Glibc

/// Why TLS could not be set up, or why a session ended.
///
/// The message is for the operator: it holds file names and OpenSSL's reasons, never key material or traffic.
package struct TLSError: Error, Equatable {
    package enum Kind: Equatable, Sendable {
        /// A certificate, key or CA file cannot be used.
        case file(path: String)
        /// The peer's certificate did not verify: unknown issuer, expired, wrong name.
        case certificateRejected
        /// The peer closed the connection without saying so; what was read may be cut short.
        case closedAbruptly
        /// The peer ended the session with an alert.
        case alert
        /// The peer's first bytes are a request of plain HTTP.
        case plainHTTP
        /// The peer's first bytes aren't TLS. OpenSSL sends no answer, and has taken five of them.
        case notTLS
        /// The peer's bytes are not acceptable TLS.
        case handshakeOrRecord
        /// A system call failed; `code` is its errno.
        case system
        /// OpenSSL itself failed, for a reason that no input explains.
        case library
    }

    package let kind: Kind
    /// OpenSSL's packed error, X509_V_ERR_* for `.certificateRejected`, errno for `.system`; 0 when there is none.
    package let code: Int
    package let message: String
}

extension TLSError: CustomStringConvertible {
    package var description: String { message }
}

extension TLSError {
    static func file(_ path: String, _ message: String, code: Int = 0) -> TLSError {
        TLSError(kind: .file(path: path), code: code, message: message)
    }

    /// The error that OpenSSL left in this thread's queue, which is emptied.
    static func library(doing what: String) -> TLSError {
        let code = ERR_peek_error()
        ERR_clear_error()
        return TLSError(kind: .library, code: Int(code), message: "\(what): \(reason(code))")
    }

    /// OpenSSL's own words for an error code, without the numbers around them.
    static func reason(_ code: UInt) -> String {
        guard let text = ERR_reason_error_string(code) else { return "OpenSSL error \(code)" }
        return String(cString: text)
    }

    static func words(forErrno code: CInt) -> String { String(cString: strerror(code)) }
}

/// Turns the outcome of a failed SSL call into an error, whose message begins with the operation in words.
/// Source: https://docs.openssl.org/3.0/man3/SSL_get_error/
func sessionFailure(_ session: OpaquePointer, sslError: CInt, errno code: CInt, doing what: String)
    -> TLSError
{
    let queued = ERR_peek_error()
    ERR_clear_error()
    if sslError == SSL_ERROR_SYSCALL, queued == 0 {
        if code == 0 { return TLSError(kind: .closedAbruptly, code: 0, message: closedWords(what)) }
        let words = "\(what): \(TLSError.words(forErrno: code))"
        let isPeerGone = code == ECONNRESET || code == EPIPE
        return TLSError(kind: isPeerGone ? .closedAbruptly : .system, code: Int(code), message: words)
    }
    let reason = ERR_GET_REASON(queued)
    if ERR_GET_LIB(queued) == ERR_LIB_SSL {
        if reason == SSL_R_UNEXPECTED_EOF_WHILE_READING {
            return TLSError(kind: .closedAbruptly, code: Int(queued), message: closedWords(what))
        }
        if reason == SSL_R_CERTIFICATE_VERIFY_FAILED {
            return verificationFailure(session)
        }
        if let kind = firstBytes(reason) {
            return TLSError(
                kind: kind,
                code: Int(queued),
                message: "\(what): \(TLSError.reason(queued))"
            )
        }
        if reason > SSL_AD_REASON_OFFSET {
            let alert = String(cString: SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET))
            return TLSError(
                kind: .alert,
                code: Int(queued),
                message: "\(what): the peer sent the alert \"\(alert)\""
            )
        }
    }
    return TLSError(
        kind: .handshakeOrRecord,
        code: Int(queued),
        message: "\(what): \(TLSError.reason(queued))"
    )
}

/// The kind of the peer's first bytes when they aren't TLS. Source: ssl3_get_record() in OpenSSL 3.0's ssl3_record.c
private func firstBytes(_ reason: CInt) -> TLSError.Kind? {
    switch reason {
    case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: .plainHTTP
    case SSL_R_WRONG_VERSION_NUMBER: .notTLS
    default: nil
    }
}

private func closedWords(_ what: String) -> String {
    "\(what): the peer closed the connection without ending the TLS session"
}

private func verificationFailure(_ session: OpaquePointer) -> TLSError {
    let result = SSL_get_verify_result(session)
    let words = String(cString: X509_verify_cert_error_string(result))
    return TLSError(
        kind: .certificateRejected,
        code: Int(result),
        message: "the peer's certificate was not accepted: \(words)"
    )
}
