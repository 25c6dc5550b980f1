package import Policy

/// Verifies agents' access tokens: the port to OAuth. One per loop, used on its thread.
package protocol TokenAuthority: AnyObject {
    /// The verdict on one token at `nowMs` (milliseconds since 1970). Never waits.
    ///
    /// An accepted token speaks for the tenant of the returned name, if there is one. After `.pending(.issuerKeys)`,
    /// call this again once `fetchKeys` has returned.
    func judge(_ token: Span<UInt8>, nowMs: Int64) -> Verdict<(tenant: String, grant: TokenGrant)>

    /// The subject of a token that was just accepted, which is kept as long as the token is valid; nil for another one.
    func subject(of token: Span<UInt8>, nowMs: Int64) -> String?

    /// Fetches that issuer's keys; returns afterwards, with or without success. The caller stays on its loop.
    func fetchKeys(issuer: Int) async

    /// The challenges that clients get with a 401 or 403.
    var challenges: TokenChallenges { get }

    /// The value of `WWW-Authenticate` for a valid token whose scopes don't open a tool.
    /// - Parameters:
    ///   - granted: the token's scopes.
    ///   - opening: positions of the scopes that would open the tool, each by itself; at least one.
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
