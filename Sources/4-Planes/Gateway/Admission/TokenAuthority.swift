package import Policy

/// Judges agents' access tokens: the port behind which OAuth lives. One per loop, used on its thread.
package protocol TokenAuthority: AnyObject {
    /// Judges one token at `nowMs` (since 1970). Never waits.
    ///
    /// A token that is accepted speaks for the tenant of that name, if there is one. After `.pending(.issuerKeys)` it
    /// can be judged again once `fetchKeys` has returned.
    func judge(_ token: Span<UInt8>, nowMs: Int64) -> Verdict<(tenant: String, grant: TokenGrant)>

    /// The subject that a token names, which was just judged and is kept as long as it is good; nil for one that isn't.
    func subject(of token: Span<UInt8>, nowMs: Int64) -> String?

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

extension TokenAuthority {
    package func subject(of token: Span<UInt8>, nowMs: Int64) -> String? { nil }
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
