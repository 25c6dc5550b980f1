package import Policy

/// Judges agents' access tokens: the port behind which OAuth lives. One per loop, used on its thread.
package protocol TokenAuthority: AnyObject {
    /// Judges one token at `nowMs` (since 1970). Never waits.
    func judge(_ token: Span<UInt8>, nowMs: Int64) -> TokenJudgement

    /// Returns when that issuer's keys have been asked for, with or without success. The caller stays on its loop.
    func fetchKeys(issuer: Int) async

    /// What clients are told with a 401 or 403.
    var challenges: TokenChallenges { get }

    /// The value of `WWW-Authenticate` for a good token whose scopes don't open a tool.
    /// - Parameters:
    ///   - granted: the token's scopes.
    ///   - opening: positions of the scopes of which each one would open the tool, at least one.
    func insufficientScope(granted: ScopeSet, opening: [Int]) -> String
}

/// What became of a token.
package enum TokenJudgement: Sendable {
    /// It speaks for the tenant of that name, if there is one.
    case good(tenant: String, TokenGrant)
    /// It is good, and lacks a scope that every request needs.
    case insufficientScope
    /// - Parameters:
    ///   - reason: one of a fixed set of words, for the log and metrics.
    ///   - isGuess: whether it counts against the client's address. What honest clients come with does not: a token that
    ///     has just ended, or one by a key that the issuer has only just made.
    case refused(reason: String, isGuess: Bool)
    /// The issuer can't be asked for its keys; the token may be good.
    case undecided
    /// To be judged again once `fetchKeys` has returned.
    case needsKeys(issuer: Int)
}

/// Values of `WWW-Authenticate`.
package struct TokenChallenges: Sendable {
    /// For a request without any credential.
    package let missing: String
    /// For a credential that isn't accepted.
    package let invalid: String
    /// For a token without a scope that every request needs.
    package let insufficientScope: String

    package init(missing: String, invalid: String, insufficientScope: String) {
        self.missing = missing
        self.invalid = invalid
        self.insufficientScope = insufficientScope
    }
}
