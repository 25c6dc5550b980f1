import Bytes
import Crypto
import JOSE
import JSON
import Policy

/// The claims of one token, read and checked. The signature isn't checked here.
///
/// Source: RFC 7519 §4.1, RFC 9068 §2.2 and §4, RFC 8725 §3
struct TokenClaims {
    private static let depthMax = 16
    private static let audiencesMax = 64
    private static let textBytesMax = 1024

    /// Position in the settings' issuers.
    let issuer: Int
    private let members: JSONObject
    private let settings: JWTSettings

    /// Reads the claims and finds their issuer.
    init(_ payload: [UInt8], _ settings: JWTSettings) throws(Refusal) {
        guard let members = try? JSONValue(parsing: payload.span, depthMax: Self.depthMax).objectValue else {
            throw .tokenMalformed
        }
        guard let name = members["iss"] else { throw .tokenIssuer }
        guard let text = name.stringValue else { throw .tokenMalformed }
        guard let issuer = settings.issuers.firstIndex(where: { $0.url.text.utf8.elementsEqual(text.utf8) })
        else { throw .tokenIssuer }
        self.members = members
        self.settings = settings
        self.issuer = issuer
    }

    /// Checks what costs little, before the signature is checked: times, audience, binding.
    /// - Returns: the time from which on the token is refused, in milliseconds since 1970.
    func check(nowMs: Int64) throws(Refusal) -> Int64 {
        let expiresAtMs = try checkTimes(nowMs)
        try checkAudience()
        guard members["cnf"] == nil else { throw .tokenBound }
        return expiresAtMs
    }

    /// The token with these claims. Call it once the signature has shown that they are the issuer's.
    func token(expiresAtMs: Int64) throws(Refusal) -> VerifiedToken {
        // Without a subject, all clients of an issuer would be one identity. Source: RFC 9068 §2.2
        guard let subject = try text("sub"), !subject.isEmpty else { throw .tokenSubject }
        let authorizedParty = try text("azp")
        let clientID = try text("client_id") ?? authorizedParty
        return VerifiedToken(
            issuer: issuer,
            subject: subject,
            clientID: clientID,
            tenant: try tenant(),
            scopes: try scopes(),
            expiresAtMs: expiresAtMs,
            subjectHash: Self.hash([settings.issuers[issuer].url.text, subject, clientID ?? ""])
        )
    }

    /// - Returns: the time from which on the token is refused, skew included.
    private func checkTimes(_ nowMs: Int64) throws(Refusal) -> Int64 {
        let skew = settings.clockSkewMs
        guard let expiry = try time("exp") else { throw .tokenMalformed }
        guard nowMs < expiry + skew else { throw .tokenExpired }
        for name in ["nbf", "iat"] {
            if let start = try time(name), start > nowMs + skew { throw .tokenNotYetValid }
        }
        return expiry + skew
    }

    /// A NumericDate, in milliseconds. A number, perhaps with a fraction; never a string. Source: RFC 7519 §2
    private func time(_ name: String) throws(Refusal) -> Int64? {
        guard let value = members[name] else { return nil }
        // Up to the year 5138: what lies beyond is a mistake, such as milliseconds.
        guard let seconds = value.doubleValue, seconds >= 0, seconds <= 100_000_000_000 else {
            throw .tokenMalformed
        }
        return Int64(seconds * 1000)
    }

    private func checkAudience() throws(Refusal) {
        let audiences: [JSONValue]
        switch members["aud"] {
        case nil: throw .tokenAudience
        case .string(let one): audiences = [.string(one)]
        case .array(let several) where several.count <= Self.audiencesMax: audiences = several
        default: throw .tokenMalformed
        }
        var isOurs = false
        for audience in audiences {
            guard let text = audience.stringValue else { throw .tokenMalformed }
            if settings.audiences.contains(where: { $0.utf8.elementsEqual(text.utf8) }) { isOurs = true }
        }
        guard isOurs else { throw .tokenAudience }
    }

    /// The tenant that is set for the issuer, else the one that the claim names.
    private func tenant() throws(Refusal) -> String {
        if let tenant = settings.issuers[issuer].tenant { return tenant }
        guard let first = settings.tenantClaim.first, var value = members[first] else { throw .tokenTenant }
        for name in settings.tenantClaim.dropFirst() {
            guard let inner = value[name] else { throw .tokenTenant }
            value = inner
        }
        guard let text = value.stringValue, !text.isEmpty, text.utf8.count <= Self.textBytesMax else {
            throw .tokenTenant
        }
        if settings.tenants.isEmpty { return text }
        // Swift treats a Kelvin sign as equal to K: whoever may choose a name at the issuer could choose one that
        // looks alike.
        guard let place = settings.tenants.index(forKey: text),
            settings.tenants[place].key.utf8.elementsEqual(text.utf8)
        else { throw .tokenTenant }
        return settings.tenants[place].value
    }

    /// `scope` as OAuth has it, or `scp`, a string or an array, as some issuers do. Source: RFC 8693 §4.2
    private func scopes() throws(Refusal) -> UInt64 {
        switch members["scope"] ?? members["scp"] {
        case nil: return 0
        case .string(let list): return settings.scopeSet(list.split(separator: " "))
        case .array(let names):
            var texts: [String] = []
            for name in names {
                guard let text = name.stringValue else { throw .tokenMalformed }
                texts.append(text)
            }
            return settings.scopeSet(texts)
        default: throw .tokenMalformed
        }
    }

    private func text(_ name: String) throws(Refusal) -> String? {
        guard let value = members[name] else { return nil }
        guard let text = value.stringValue, text.utf8.count <= Self.textBytesMax else {
            throw .tokenMalformed
        }
        return text
    }

    /// Each part with its length before it, so that no two lists of parts hash the same bytes.
    private static func hash(_ parts: [String]) -> Int64 {
        var bytes = ByteBuffer()
        for part in parts {
            bytes.append(decimal: part.utf8.count)
            bytes.append(":")
            bytes.append(part)
        }
        return Int64(SHA256.hash(bytes.bytes).firstWord >> 1 | 1 << 62)
    }
}
