import Bytes
import Crypto
package import HTTP
package import Policy

/// Finds out who a request speaks for, from its bearer key. One per loop, as it holds a hash context.
///
/// A key is looked up by its SHA-256, so a wrong secret and an unknown prefix cost the same work.
/// Source: RFC 6750 §2.1.
package final class Authentication {
    package enum Outcome: Equatable {
        case principal(Principal)
        /// No credential was presented.
        case missing
        /// One was presented and does not work: unknown, revoked, expired, or its tenant is suspended.
        case refused(AuthenticationOutcome)
    }

    private static let tokenBytesMax = 512
    private let hasher = SHA256Hasher()

    package init() {}

    package func authenticate(_ request: borrowing Request, in snapshot: Snapshot, nowMs: Int64) -> Outcome {
        let bytes = request.bytes.span
        guard let field = request.head.fields.first("authorization", in: bytes) else { return .missing }
        guard let token = Self.token(in: field, bytes) else { return .refused(.unknown) }
        guard let digest = Digest(hasher.hash(bytes.extracting(token)).bytes.span) else { return .refused(.unknown) }
        let outcome = snapshot.authenticate(hash: digest, nowMs: nowMs)
        guard case .authenticated(let principal) = outcome else { return .refused(outcome) }
        return .principal(principal)
    }

    /// What follows `Bearer `, scheme in any case.
    static func token(in field: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int>? {
        let scheme = 7
        guard field.count > scheme,
            bytes.equalsIgnoringCase(field.lowerBound..<field.lowerBound + scheme, "bearer ")
        else { return nil }
        var start = field.lowerBound + scheme
        while start < field.upperBound, bytes[start] == 32 { start += 1 }
        let token = start..<field.upperBound
        guard !token.isEmpty, token.count <= tokenBytesMax else { return nil }
        return token
    }

    /// The challenge of a 401. `error` only when a credential was presented. Source: RFC 6750 §3.
    package static func challenge(for outcome: Outcome) -> Response {
        var value = "Bearer realm=\"mcp-gateway\""
        var text = "401 Unauthorized: send a key as \"Authorization: Bearer mgw_…\"\n"
        if case .refused = outcome {
            value += ", error=\"invalid_token\", error_description=\"The key is unknown, expired or revoked\""
            text = "401 Unauthorized: the key is unknown, expired or revoked\n"
        }
        return .text(401, text, fields: [ResponseField("WWW-Authenticate", value)])
    }
}
