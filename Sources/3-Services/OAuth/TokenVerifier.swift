import Bytes
import Crypto
import EventLoop
import JOSE
package import Policy

/// Finds out whom a bearer token speaks for. One per loop: it holds a cache and a hash context, and never waits.
///
/// A token seen before costs its SHA-256 and a look-up. For any other, cheap checks come first, then the signature,
/// then the rest, so that a bad token costs little. Source: RFC 9068 §4, RFC 8725 §3
package final class TokenVerifier {
    private let settings: JWTSettings
    private let keys: IssuerKeys
    private let requiredScopes: UInt64
    private var cache: TokenCache
    private var sets: [JSONWebKeySet?]
    private var version: Int

    /// - Parameter cacheMax: the most tokens that are remembered, at least 2.
    package init(settings: JWTSettings, keys: IssuerKeys, cacheMax: Int = 8192) {
        self.settings = settings
        self.keys = keys
        requiredScopes = settings.scopeSet(settings.requiredScopes)
        cache = TokenCache(entriesMax: cacheMax)
        version = keys.currentVersion
        sets = keys.current()
    }

    /// Tokens remembered now.
    package var cachedCount: Int { cache.count }

    /// Checks a token at `nowMs` (since 1970). When the verdict is `.pending(.issuerKeys)`,
    /// `KeyRefresher.refresh(issuer:)` asks for the keys.
    package func verify(_ token: Span<UInt8>, nowMs: Int64) -> Verdict<VerifiedToken> {
        adoptKeys()
        guard token.count <= CompactJWS.bytesMax else { return .refused(.tokenMalformed) }
        let digest = SHA256.hash(token)
        if let known = cache.token(digest, nowMs: nowMs) { return outcome(of: known) }
        do throws(Refusal) {
            let jws = try Self.read(token)
            guard Self.isAccessToken(jws.type) else { throw .tokenType }
            guard settings.algorithms.contains(jws.algorithm) else { throw .tokenAlgorithm }
            let claims = try TokenClaims(jws.payload, settings)
            let expiresAtMs = try claims.check(nowMs: nowMs)
            guard let set = sets[claims.issuer] else { return try missing(.undecided, claims.issuer) }
            do throws(JOSEError) {
                try set.verify(jws, allowing: settings.algorithms)
            } catch {
                guard error == .unknownKey else { throw .tokenSignature }
                return try missing(.tokenUnknownKey, claims.issuer)
            }
            let verified = try claims.token(expiresAtMs: expiresAtMs)
            cache.insert(verified, digest)
            return outcome(of: verified)
        } catch {
            return .refused(error)
        }
    }

    private func outcome(of token: VerifiedToken) -> Verdict<VerifiedToken> {
        token.scopes & requiredScopes == requiredScopes ? .accepted(token) : .refused(.insufficientScope)
    }

    /// Takes over new key sets and empties the cache: a token of a withdrawn key is forgotten with the key.
    private func adoptKeys() {
        let latest = keys.currentVersion
        guard latest != version else { return }
        version = latest
        sets = keys.current()
        cache.removeAll()
    }

    /// The verdict when a key isn't known: pending until the issuer's keys are there, unless they were asked for
    /// shortly before.
    private func missing(_ refusal: Refusal, _ issuer: Int) throws(Refusal) -> Verdict<VerifiedToken> {
        let nowMs = Int64(EventLoop.currentNs / 1_000_000)
        guard keys.mayFetch(issuer: issuer, atMs: nowMs) else { throw refusal }
        return .pending(.issuerKeys(issuer), otherwise: .tokenKeysPending)
    }

    private static func read(_ token: Span<UInt8>) throws(Refusal) -> CompactJWS {
        do throws(JOSEError) {
            return try CompactJWS(token)
        } catch {
            throw error == .algorithm ? .tokenAlgorithm : .tokenMalformed
        }
    }

    /// Whether the token's `typ` is that of an access token, or says nothing more than that it is a JWT, or is
    /// missing.
    /// Source: RFC 9068 §4, RFC 8725 §3.11
    private static func isAccessToken(_ type: String?) -> Bool {
        guard var word = type?.lowercased() else { return true }
        if word.hasPrefix("application/") { word.removeFirst("application/".count) }
        return word == "jwt" || word == "at+jwt"
    }
}
