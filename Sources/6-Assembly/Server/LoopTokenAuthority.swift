import Gateway
import OAuth
import Policy
import PortalAPI

/// Gateway's port for access tokens, filled by OAuth. One per loop.
final class LoopTokenAuthority: TokenAuthority {
    private let service: TokenService
    private let verifier: TokenVerifier

    init(_ service: TokenService) {
        self.service = service
        verifier = TokenVerifier(settings: service.settings, keys: service.keys)
    }

    func judge(_ token: Span<UInt8>, nowMs: Int64) -> TokenJudgement {
        switch verifier.verify(token, nowMs: nowMs) {
        case .verified(let token):
            let grant = TokenGrant(
                scopes: ScopeSet(rawValue: token.scopes),
                expiresAtMs: token.expiresAtMs,
                subject: token.subjectHash
            )
            return .good(tenant: token.tenant, grant)
        case .insufficientScope: return .insufficientScope
        case .refused(.noKeys): return .undecided
        case .refused(let refusal): return .refused(reason: refusal.rawValue, isGuess: refusal.isGuess)
        case .needsKeys(let issuer): return .needsKeys(issuer: issuer)
        }
    }

    /// What a token says of its holder; nil for one that isn't accepted. Cheap for a token that was just judged.
    func identity(of token: Span<UInt8>, nowMs: Int64) -> PortalCaller.Token? {
        guard case .verified(let token) = verifier.verify(token, nowMs: nowMs) else { return nil }
        return PortalCaller.Token(
            subject: token.subject,
            client: token.clientID,
            scopes: service.settings.scopeNames(token.scopes)
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

    /// What is granted and required stays in the challenge, so that the next token doesn't lose it. Of the scopes that
    /// would each open the tool, the first in the configuration is asked for, and no more rights than that.
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

extension TokenRefusal {
    /// Honest clients come with ended tokens, and with those of a key that was rotated in a moment ago.
    fileprivate var isGuess: Bool {
        switch self {
        case .expired, .notYetValid, .unknownKey, .noKeys: false
        case .malformed, .algorithm, .type, .issuer, .audience, .bound, .subject, .tenant, .signature: true
        }
    }
}
