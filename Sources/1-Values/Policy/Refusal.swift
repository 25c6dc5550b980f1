/// Why a request is not served: the one list of reasons, for every surface.
///
/// A new reason is one case here and one row of the table below.
package enum Refusal: Error, Sendable, CaseIterable {
    // Where the request comes from.
    /// The `Host` field names a host that isn't allowed.
    case host
    /// The `Origin` field names an origin that isn't allowed.
    case origin
    /// Too many guesses came from the client's address; the credential wasn't checked.
    case tooManyGuesses

    // The credential.
    /// The request has no credential.
    case missing
    /// The text can't be a credential in any state: it isn't a bearer, is too long, or there are two.
    case malformed
    /// No key has this text, or no tenant belongs to a valid token.
    case unknown
    case revoked
    case expired
    /// Its tenant is suspended.
    case suspended

    // An access token.
    /// It is not a signed token of acceptable size and form, or its claims have wrong types.
    case tokenMalformed
    /// It is signed by an algorithm that isn't allowed.
    case tokenAlgorithm
    /// It was made for another purpose, such as a logout or an ID token.
    case tokenType
    /// Its issuer isn't trusted here, or it names none.
    case tokenIssuer
    /// It was issued for another server.
    case tokenAudience
    case tokenExpired
    /// `nbf` or `iat` lie in the future.
    case tokenNotYetValid
    /// It is bound to a key or certificate, which a bearer can't prove to hold.
    case tokenBound
    /// `sub` is missing or empty.
    case tokenSubject
    /// It names no tenant, or one that the settings don't know.
    case tokenTenant
    /// The issuer has no such key, even after it was asked again.
    case tokenUnknownKey
    /// The issuer was asked for its keys, and has to be asked again before this token can be judged.
    case tokenKeysPending
    case tokenSignature
    /// It is valid, but lacks a scope that every request needs.
    case insufficientScope
    /// It can't be judged now, as the issuer's keys can't be fetched.
    case undecided

    /// The answer that the client gets. There are fewer answers than reasons, as the difference would help a guesser.
    package enum Answer: Int, Sendable, CaseIterable {
        case host, origin, tooManyGuesses, missing, invalid, insufficientScope, undecided

        /// The HTTP status. Source: RFC 6750 §3.1, RFC 6585 §4
        package var status: Int {
            switch self {
            case .host, .origin, .insufficientScope: 403
            case .tooManyGuesses: 429
            case .missing, .invalid: 401
            case .undecided: 503
            }
        }
    }

    private struct Row {
        let answer: Answer
        let word: String
        var isCounted = true
        var isAudited = true
        var isGuess = false
    }

    /// The one table. A guess is a credential that never worked here: one that was valid once is no guess, and a client
    /// that keeps presenting it must not lock out others behind the same address.
    private var row: Row {
        switch self {
        case .host: Row(answer: .host, word: "host", isCounted: false, isAudited: false)
        case .origin: Row(answer: .origin, word: "origin", isCounted: false, isAudited: false)
        case .tooManyGuesses: Row(answer: .tooManyGuesses, word: "limited", isCounted: false)
        case .missing: Row(answer: .missing, word: "missing", isAudited: false)
        case .malformed: Row(answer: .invalid, word: "unknown", isGuess: true)
        case .unknown: Row(answer: .invalid, word: "unknown", isGuess: true)
        case .revoked: Row(answer: .invalid, word: "revoked")
        case .expired: Row(answer: .invalid, word: "expired")
        case .suspended: Row(answer: .invalid, word: "suspended")
        case .tokenMalformed: Row(answer: .invalid, word: "token_malformed", isGuess: true)
        case .tokenAlgorithm: Row(answer: .invalid, word: "token_algorithm", isGuess: true)
        case .tokenType: Row(answer: .invalid, word: "token_type", isGuess: true)
        case .tokenIssuer: Row(answer: .invalid, word: "token_issuer", isGuess: true)
        case .tokenAudience: Row(answer: .invalid, word: "token_audience", isGuess: true)
        case .tokenExpired: Row(answer: .invalid, word: "token_expired")
        case .tokenNotYetValid: Row(answer: .invalid, word: "token_notYetValid")
        case .tokenBound: Row(answer: .invalid, word: "token_bound", isGuess: true)
        case .tokenSubject: Row(answer: .invalid, word: "token_subject", isGuess: true)
        case .tokenTenant: Row(answer: .invalid, word: "token_tenant", isGuess: true)
        case .tokenUnknownKey: Row(answer: .invalid, word: "token_unknownKey")
        case .tokenKeysPending: Row(answer: .invalid, word: "token_unknownKey", isAudited: false)
        case .tokenSignature: Row(answer: .invalid, word: "token_signature", isGuess: true)
        case .insufficientScope: Row(answer: .insufficientScope, word: "scope", isAudited: false)
        case .undecided: Row(answer: .undecided, word: "undecided", isAudited: false)
        }
    }

    package var answer: Answer { row.answer }
    /// The HTTP status that the client gets.
    package var status: Int { row.answer.status }
    /// The word for the reason in the log, the audit log and the metrics; reasons that needn't be told apart share one.
    package var word: String { row.word }
    /// Whether `mcp_gateway_authentication_failures_total` counts it.
    package var isCounted: Bool { row.isCounted }
    /// Whether the audit log has it.
    package var isAudited: Bool { row.isAudited }
    /// Whether it counts as a guess from the client's address.
    package var isGuess: Bool { row.isGuess }
}
