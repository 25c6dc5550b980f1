import Gateway
import OAuth
import Policy
import PortalAPI

/// Implements Gateway's port for access tokens by OAuth. One per loop.
final class LoopTokenAuthority: TokenAuthority {
    private let service: TokenService
    private let verifier: TokenVerifier

    init(_ service: TokenService) {
        self.service = service
        verifier = TokenVerifier(settings: service.settings, keys: service.keys)
    }

    func judge(_ token: Span<UInt8>, nowMs: Int64) -> Verdict<(tenant: String, grant: TokenGrant)> {
        verifier.verify(token, nowMs: nowMs).map { token in
            let grant = TokenGrant(
                scopes: ScopeSet(rawValue: token.scopes),
                expiresAtMs: token.expiresAtMs,
                subject: token.subjectHash
            )
            return (token.tenant, grant)
        }
    }

    func subject(of token: Span<UInt8>, nowMs: Int64) -> String? {
        guard case .accepted(let token) = verifier.verify(token, nowMs: nowMs) else { return nil }
        return token.subject
    }

    /// The identity in an access token; nil for a token that isn't accepted. Cheap when the token was verified
    /// recently.
    func identity(of token: Span<UInt8>, nowMs: Int64) -> PortalCaller.Token? {
        guard case .accepted(let token) = verifier.verify(token, nowMs: nowMs) else { return nil }
        return PortalCaller.Token(
            subject: token.subject,
            client: token.clientID,
            scopes: service.settings.scopeNames(token.scopes),
            isOnlyIssuers: service.settings.issuers.count == 1
        )
    }

    func fetchKeys(issuer: Int) async { await service.refresh(issuer: issuer) }

    var challenges: TokenChallenges {
        let challenge = service.currentDocuments.challenge
        let required = service.settings.requiredScopes
        return TokenChallenges(
            missing: challenge.missing(scopes: required),
            invalid: challenge.invalidToken(
                scopes: required,
                description: "The key or access token is unknown, expired or not for this server"
            ),
            insufficientScope: challenge.insufficientScope(
                scopes: required,
                description: "The access token lacks a scope that every request needs"
            )
        )
    }

    /// The challenge names the granted and the required scopes too, so that the next token still has them. Of the
    /// scopes that would each open the tool, it asks only for the first in the configuration, and so for no further
    /// rights.
    func insufficientScope(granted: ScopeSet, opening: [Int]) -> String {
        let settings = service.settings
        var wanted = granted.rawValue | settings.scopeSet(settings.requiredScopes)
        if let first = opening.first { wanted |= 1 << UInt64(first) }
        return service.currentDocuments.challenge.insufficientScope(
            scopes: settings.scopeNames(wanted),
            description: "The access token's scopes don't open this tool"
        )
    }
}
