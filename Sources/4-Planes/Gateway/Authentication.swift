import Bytes
import Crypto
package import HTTP
package import Policy

/// Finds out who a request speaks for, from its bearer key. One per loop, as it holds a hash context.
///
/// A bearer that isn't a key is left to the loop's `TokenAuthority`, where there is one.
///
/// A key is looked up by its SHA-256, so a wrong secret and an unknown prefix cost the same work.
/// Source: RFC 6750 §2.1.
package final class Authentication {
    package enum Outcome: Equatable {
        case principal(Principal)
        /// No credential was presented.
        case missing
        /// A key, or a good token's tenant, that does not work in this state: unknown, revoked, expired, suspended.
        case refused(AuthenticationOutcome)
        /// What was presented can't be a credential in any state.
        case malformed
        /// An access token, still to be judged; where it lies in the request's bytes.
        case token(Range<Int>)
        /// An access token that isn't accepted, as `TokenJudgement.refused` has it.
        case badToken(reason: String, isGuess: Bool)
        /// A good access token without a scope that every request needs.
        case insufficientScope
        /// An access token that can't be judged now.
        case undecided
        /// An access token whose issuer's keys are to be asked for.
        case needsKeys(issuer: Int)

        /// Whether a credential was presented that doesn't work.
        var isRefusal: Bool {
            switch self {
            case .refused, .malformed, .badToken: true
            case .principal, .missing, .token, .insufficientScope, .undecided, .needsKeys: false
            }
        }

        /// Whether it's one that never worked here: what guessing looks like.
        var isGuess: Bool {
            switch self {
            case .refused(let outcome): outcome == .unknown
            case .malformed: true
            case .badToken(_, let isGuess): isGuess
            case .principal, .missing, .token, .insufficientScope, .undecided, .needsKeys: false
            }
        }
    }

    private static let keyBytesMax = 512
    private static let tokenBytesMax = 16 * 1024
    private let hasher = SHA256Hasher()
    private let acceptsTokens: Bool

    package init(acceptsTokens: Bool = false) { self.acceptsTokens = acceptsTokens }

    package func authenticate(_ request: borrowing Request, in snapshot: Snapshot, nowMs: Int64) -> Outcome {
        let bytes = request.bytes.span
        var credential: Range<Int>?
        for field in request.head.fields.all
        where field.name.count == 13 && bytes.equalsIgnoringCase(field.name, "authorization") {
            // A proxy in front may have looked at the other one.
            guard credential == nil else { return .malformed }
            credential = field.value
        }
        guard let field = credential else { return .missing }
        guard let token = Self.token(in: field, bytes) else { return .malformed }
        guard bytes.hasKeyPrefix(token) || !acceptsTokens else {
            return token.count <= Self.tokenBytesMax ? .token(token) : .malformed
        }
        guard token.count <= Self.keyBytesMax else { return .malformed }
        let outcome = snapshot.authenticate(hash: hasher.hash(bytes.extracting(token)), nowMs: nowMs)
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
        return token.isEmpty ? nil : token
    }

    /// The challenge of a 401. `error` only when a credential was presented. Source: RFC 6750 §3.
    package static func challenge(for outcome: Outcome) -> Response {
        switch outcome {
        case .refused, .malformed: refusedChallenge
        default: missingChallenge
        }
    }

    // Made once: a flood of guesses must cost little.
    private static let missingChallenge = Response.text(
        401,
        "401 Unauthorized: send a key as \"Authorization: Bearer mgw_…\"\n",
        fields: [ResponseField("WWW-Authenticate", "Bearer realm=\"mcp-gateway\"")]
    )
    private static let refusedChallenge = Response.text(
        401,
        "401 Unauthorized: the key is unknown, expired or revoked\n",
        fields: [
            ResponseField(
                "WWW-Authenticate",
                "Bearer realm=\"mcp-gateway\", error=\"invalid_token\", "
                    + "error_description=\"The key is unknown, expired or revoked\""
            )
        ]
    )
}

extension Span where Element == UInt8 {
    /// Whether the bytes in `range` begin as every key does.
    fileprivate func hasKeyPrefix(_ range: Range<Int>) -> Bool {
        range.count > 4 && equals(range.lowerBound..<range.lowerBound + 4, "mgw_")
    }
}
