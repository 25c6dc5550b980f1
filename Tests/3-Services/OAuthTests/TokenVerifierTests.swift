import Bytes
import JOSE
import JSON
import OAuth
import Policy
import TestSupport
import Testing

let issuerText = "https://issuer.example"
let nowMs: Int64 = 1_800_000_000_000

enum Keys {
    static let good = Result { try SigningKey(.p256, id: "good") }
    static let bad = Result { try SigningKey(.p256, id: "good") }
    static let next = Result { try SigningKey(.ed25519, id: "next") }
    static let rsa = Result { try SigningKey(.rsa(bits: 2048), id: "rsa") }
}

func settings(_ change: (inout JWTSettings) -> Void = { _ in }) throws -> JWTSettings {
    var settings = JWTSettings(
        issuers: [.init(url: try #require(FetchURL(issuerText)))],
        audiences: ["https://gateway.example/mcp"]
    )
    settings.tenantClaim = ["org", "id"]
    settings.tenants = ["o-1": "acme", "o-2": "other"]
    settings.scopes = ["tools:read", "tools:write", "admin"]
    change(&settings)
    return settings
}

/// Keys that are in force without a fetch.
func fixed(_ keys: [SigningKey], issuers: Int = 1) throws -> IssuerKeys {
    let all = IssuerKeys(count: issuers)
    for issuer in 0..<issuers {
        let set = try JSONWebKeySet(parsing: SigningKey.set(try keys.map { try $0.jwk() }).utf8.span)
        all.replace(set, issuer: issuer)
    }
    return all
}

/// The claims of a valid token, some of them replaced, added, or removed with null.
func claims(_ more: [(String, JSONValue)] = []) -> String {
    var object = JSONObject([
        ("iss", .string(issuerText)), ("aud", "https://gateway.example/mcp"), ("sub", "ada"),
        ("client_id", "agent"), ("exp", .int(Int(nowMs / 1000) + 300)), ("iat", .int(Int(nowMs / 1000) - 5)),
        ("org", ["id": "o-1"]), ("scope", "tools:read profile admin"),
    ])
    for (name, value) in more { object[name] = value.isNull ? JSONValue?.none : value }
    return JSONValue.object(object).text
}

extension Verdict<VerifiedToken> {
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
    var token: VerifiedToken? { if case .accepted(let token) = self { token } else { nil } }
}

struct TokenVerifierTests {
    private func outcome(
        _ text: String,
        settings change: (inout JWTSettings) -> Void = { _ in },
        header: [(String, JSONValue)] = [],
        atMs: Int64 = nowMs
    ) throws -> Verdict<VerifiedToken> {
        let key = try Keys.good.get()
        let verifier = TokenVerifier(settings: try settings(change), keys: try fixed([key]))
        let token = try key.token(text, header: header)
        return verifier.verify(token.utf8.span, nowMs: atMs)
    }

    @Test
    func `a valid token gives issuer, subject, client, tenant, scopes and expiration`() throws {
        let token = try #require(try outcome(claims()).token)
        #expect(token.issuer == 0)
        #expect(token.subject == "ada")
        #expect(token.clientID == "agent")
        #expect(token.tenant == "acme")
        #expect(token.scopes == 0b101)
        #expect(token.expiresAtMs == nowMs + 300_000 + 60_000)
        #expect(token.subjectHash > 1 << 62)
    }

    struct Row: Sendable {
        let why: String
        let claims: [(String, JSONValue)]
        let refusal: Refusal?
    }

    private static let seconds = Int(nowMs / 1000)

    @Test(arguments: [
        Row(
            why: "issuer with a slash more",
            claims: [("iss", "https://issuer.example/")],
            refusal: .tokenIssuer
        ),
        Row(why: "issuer in upper case", claims: [("iss", "HTTPS://issuer.example")], refusal: .tokenIssuer),
        Row(why: "another issuer", claims: [("iss", "https://attacker.example")], refusal: .tokenIssuer),
        Row(why: "no issuer", claims: [("iss", nil)], refusal: .tokenIssuer),
        Row(why: "issuer as array", claims: [("iss", ["https://issuer.example"])], refusal: .tokenMalformed),
        Row(
            why: "another audience",
            claims: [("aud", "https://gateway.example/other")],
            refusal: .tokenAudience
        ),
        Row(why: "no audience", claims: [("aud", nil)], refusal: .tokenAudience),
        Row(why: "empty audiences", claims: [("aud", [])], refusal: .tokenAudience),
        Row(
            why: "audience among others",
            claims: [("aud", ["x", "https://gateway.example/mcp"])],
            refusal: nil
        ),
        Row(
            why: "audience and a number",
            claims: [("aud", [1, "https://gateway.example/mcp"])],
            refusal: .tokenMalformed
        ),
        Row(
            why: "audience as object",
            claims: [("aud", ["https://gateway.example/mcp": 1])],
            refusal: .tokenMalformed
        ),
        Row(why: "expired within the skew", claims: [("exp", .int(seconds - 59))], refusal: nil),
        Row(why: "expired to the millisecond", claims: [("exp", .int(seconds - 60))], refusal: .tokenExpired),
        Row(why: "no end", claims: [("exp", nil)], refusal: .tokenMalformed),
        Row(why: "end as text", claims: [("exp", .string("\(seconds + 300)"))], refusal: .tokenMalformed),
        Row(why: "end in milliseconds", claims: [("exp", .int(seconds * 1000))], refusal: .tokenMalformed),
        Row(why: "negative end", claims: [("exp", -1)], refusal: .tokenMalformed),
        Row(why: "end with a fraction", claims: [("exp", .number("\(seconds + 5).75"))], refusal: nil),
        Row(why: "end beyond any number", claims: [("exp", .number("1e999"))], refusal: .tokenMalformed),
        Row(why: "end null", claims: [("exp", .array([.null]))], refusal: .tokenMalformed),
        Row(why: "not before, within the skew", claims: [("nbf", .int(seconds + 60))], refusal: nil),
        Row(why: "not before", claims: [("nbf", .int(seconds + 61))], refusal: .tokenNotYetValid),
        Row(why: "not before as text", claims: [("nbf", "0")], refusal: .tokenMalformed),
        Row(why: "issued in the future", claims: [("iat", .int(seconds + 61))], refusal: .tokenNotYetValid),
        Row(why: "issued as boolean", claims: [("iat", true)], refusal: .tokenMalformed),
        Row(why: "never issued", claims: [("iat", nil)], refusal: nil),
        Row(why: "no subject", claims: [("sub", nil)], refusal: .tokenSubject),
        Row(why: "an empty subject", claims: [("sub", "")], refusal: .tokenSubject),
        Row(why: "subject as number", claims: [("sub", 7)], refusal: .tokenMalformed),
        Row(why: "unknown organisation", claims: [("org", ["id": "o-3"])], refusal: .tokenTenant),
        Row(
            why: "a tenant's name in place of its claim",
            claims: [("org", ["id": "acme"])],
            refusal: .tokenTenant
        ),
        Row(why: "no organisation", claims: [("org", nil)], refusal: .tokenTenant),
        Row(why: "organisation without id", claims: [("org", [:])], refusal: .tokenTenant),
        Row(why: "organisation as text", claims: [("org", "o-1")], refusal: .tokenTenant),
        Row(why: "dotted name at the top", claims: [("org", nil), ("org.id", "o-1")], refusal: .tokenTenant),
        Row(why: "organisation's id as number", claims: [("org", ["id": 1])], refusal: .tokenTenant),
        Row(why: "bound to a key", claims: [("cnf", ["jkt": "x"])], refusal: .tokenBound),
        Row(why: "scope as number", claims: [("scope", 1)], refusal: .tokenMalformed),
        Row(why: "scope with a number in it", claims: [("scope", ["admin", 1])], refusal: .tokenMalformed),
        Row(why: "no scope", claims: [("scope", nil)], refusal: nil),
    ])
    func `claims must match exactly and have the right types`(_ row: Row) throws {
        let outcome = try outcome(claims(row.claims))
        #expect(outcome.refusal == row.refusal, "\(row.why)")
        #expect((outcome.token != nil) == (row.refusal == nil), "\(row.why)")
    }

    @Test(arguments: [
        "", "null", "[]", "7", "{", #"{"iss":"https://issuer.example","iss":"https://issuer.example"}"#,
        String(repeating: #"{"a":"#, count: 40) + "1" + String(repeating: "}", count: 40),
    ])
    func `a payload that isn't a plain JSON object is refused`(_ text: String) throws {
        #expect(try outcome(text).refusal == .tokenMalformed)
    }

    @Test(arguments: [
        ("at+jwt", true), ("AT+JWT", true), ("application/at+jwt", true), ("JWT", true),
        ("logout+jwt", false),
        ("dpop+jwt", false), ("secevent+jwt", false), ("", false),
    ])
    func `a token with another purpose in typ is refused`(_ type: String, _ isGood: Bool) throws {
        let outcome = try outcome(claims(), header: [("typ", .string(type))])
        #expect(outcome.refusal == (isGood ? nil : .tokenType))
    }

    @Test
    func `scp is read if scope is missing, as text or as an array`() throws {
        for value in ["tools:write x", ["tools:write", "x"]] as [JSONValue] {
            #expect(try outcome(claims([("scope", nil), ("scp", value)])).token?.scopes == 0b010)
        }
        #expect(try outcome(claims([("scp", "tools:write")])).token?.scopes == 0b101)
    }

    @Test
    func `the issuer's own tenant takes precedence over any claim`() throws {
        let token = try outcome(
            claims([("org", ["id": "o-2"])]),
            settings: { $0.issuers[0].tenant = "fixed" }
        ).token
        #expect(token?.tenant == "fixed")
        let named = try outcome(claims(), settings: { $0.tenants = [:] }).token
        #expect(named?.tenant == "o-1")
        let neither = try outcome(claims(), settings: { $0.tenantClaim = [] }).refusal
        #expect(neither == .tokenTenant)
    }

    @Test
    func `tenant names are compared by bytes, not by Unicode equivalence`() throws {
        for (name, expected) in [("Kelvin", "cold"), ("\u{212A}elvin", nil), ("kelvin", nil)] {
            let outcome = try outcome(
                claims([("org", ["id": .string(name)])]),
                settings: { $0.tenants = ["Kelvin": "cold"] }
            )
            #expect(outcome.token?.tenant == expected)
            #expect(outcome.refusal == (expected == nil ? .tokenTenant : nil))
        }
    }

    @Test
    func `a valid token without a required scope is refused`() throws {
        let outcome = try outcome(claims(), settings: { $0.requiredScopes = ["tools:write", "admin"] })
        #expect(outcome.refusal == .insufficientScope)
        #expect(try self.outcome(claims(), settings: { $0.requiredScopes = ["admin"] }).token != nil)
    }

    @Test
    func `a session's hash depends on issuer, subject and client, not on the token`() throws {
        let one = try #require(try outcome(claims()).token).subjectHash
        #expect(try outcome(claims([("exp", .int(Self.seconds + 9))])).token?.subjectHash == one)
        for other in [
            [("sub", "eve")], [("client_id", "x")], [("client_id", nil)],
            [("sub", "adaa"), ("client_id", "gent")],
        ]
            as [[(String, JSONValue)]]
        {
            let hash = try outcome(claims(other)).token?.subjectHash
            #expect(hash != nil && hash != one)
        }
    }

    @Test
    func `another key's signature, no signature, and an HMAC with the public key are refused`() throws {
        let (good, bad, rsa) = (try Keys.good.get(), try Keys.bad.get(), try Keys.rsa.get())
        let verifier = TokenVerifier(settings: try settings(), keys: try fixed([good, rsa]))
        let forged = try bad.token(claims())
        #expect(verifier.verify(forged.utf8.span, nowMs: nowMs).refusal == .tokenSignature)
        let token = try good.token(claims())
        let parts = token.split(separator: ".")
        let none = try good.token(rawHeader: #"{"alg":"none"}"#, claims(), algorithm: "ES256")
        let unsigned = none.split(separator: ".").prefix(2).joined(separator: ".") + "."
        #expect(verifier.verify(unsigned.utf8.span, nowMs: nowMs).refusal == .tokenAlgorithm)
        #expect(
            verifier.verify("\(parts[0]).\(parts[1]).".utf8.span, nowMs: nowMs).refusal == .tokenSignature
        )
        let hmac = try rsa.token(rawHeader: #"{"alg":"HS256","kid":"rsa"}"#, claims(), algorithm: "RS256")
        #expect(verifier.verify(hmac.utf8.span, nowMs: nowMs).refusal == .tokenAlgorithm)
    }

    @Test
    func `only the configured algorithms are accepted`() throws {
        let outcome = try outcome(claims(), settings: { $0.algorithms = [.rs256, .edDSA] })
        #expect(outcome.refusal == .tokenAlgorithm)
    }

    @Test
    func `a token signed with another issuer's key is not accepted`() throws {
        let (good, next) = (try Keys.good.get(), try Keys.next.get())
        let both = try settings {
            $0.issuers.append(.init(url: FetchURL("https://second.example") ?? $0.issuers[0].url))
        }
        let keys = IssuerKeys(count: 2)
        keys.replace(try JSONWebKeySet(parsing: SigningKey.set([good.jwk()]).utf8.span), issuer: 0)
        keys.replace(try JSONWebKeySet(parsing: SigningKey.set([next.jwk()]).utf8.span), issuer: 1)
        let verifier = TokenVerifier(settings: both, keys: keys)
        let crossed = try next.token(claims(), header: [("kid", "next")])
        guard
            case .pending(.issuerKeys(0), otherwise: .tokenKeysPending) = verifier.verify(
                crossed.utf8.span,
                nowMs: nowMs
            )
        else {
            Issue.record("the first issuer has no such key")
            return
        }
        let right = try next.token(claims([("iss", "https://second.example")]))
        #expect(verifier.verify(right.utf8.span, nowMs: nowMs).token?.issuer == 1)
    }

    @Test
    func `a known token comes from the cache until it expires or the keys change`() throws {
        let key = try Keys.good.get()
        let keys = try fixed([key])
        let verifier = TokenVerifier(settings: try settings(), keys: keys)
        let token = Array(try key.token(claims()).utf8)
        let first = try #require(verifier.verify(token.span, nowMs: nowMs).token)
        #expect(verifier.verify(token.span, nowMs: nowMs + 1).token === first)
        #expect(verifier.verify(token.span, nowMs: first.expiresAtMs - 1).token === first)
        #expect(verifier.verify(token.span, nowMs: first.expiresAtMs).refusal == .tokenExpired)
        let again = try #require(verifier.verify(token.span, nowMs: nowMs).token)
        keys.replace(try JSONWebKeySet(parsing: SigningKey.set([key.jwk()]).utf8.span), issuer: 0)
        #expect(verifier.verify(token.span, nowMs: nowMs).token === again, "the same keys came again")
        keys.replace(try JSONWebKeySet(parsing: SigningKey.set([Keys.next.get().jwk()]).utf8.span), issuer: 0)
        guard case .pending = verifier.verify(token.span, nowMs: nowMs) else {
            Issue.record("a token of a withdrawn key was accepted")
            return
        }
    }

    /// All claims that a token must have, each absent, null, or with every other type of value.
    @Test(arguments: ["iss", "aud", "exp", "sub", "org"])
    func `a required claim that is absent or of another type is refused`(_ name: String) throws {
        let wrong: [JSONValue] = [
            .null, true, false, "", " ", [], [:], [.null], ["\u{0}"], -1, 0, .number("1e400"), ["id": .null],
            ["id": ""], ["id": []], ["id": 7], .array([.array([])]),
            .string(String(repeating: "x", count: 5000)),
        ]
        let key = try Keys.good.get()
        let verifier = TokenVerifier(settings: try settings(), keys: try fixed([key]))
        var refused = 0
        for value in [JSONValue?.none] + wrong {
            var object = try #require(try JSONValue(parsing: claims()).objectValue)
            object[name] = value
            // A subject may be any text that isn't empty.
            if name == "sub", value == " " { continue }
            let token = try key.token(JSONValue.object(object).text)
            let outcome = verifier.verify(token.utf8.span, nowMs: nowMs)
            #expect(outcome.refusal != nil, "\(name): \(value?.text ?? "absent")")
            refused += 1
        }
        #expect(refused >= wrong.count)
        #expect(verifier.cachedCount == 0)
    }

    @Test func `an unknown scope opens nothing, in any spelling`() throws {
        for scope in [
            "tools:wrong", "TOOLS:READ", "tools:read,admin", "*", "", " ", "tools:\u{200B}read", "tools",
        ] {
            for value in [JSONValue.string(scope), .array([.string(scope)])] {
                let token = try outcome(claims([("scope", value)])).token
                #expect(token?.scopes == 0, "\(value.text)")
            }
        }
        #expect(try outcome(claims([("scope", nil)])).token?.scopes == 0)
    }

    @Test func `the cached result of one token is never returned for another`() throws {
        let key = try Keys.good.get()
        let keys = try fixed([key])
        var state: UInt64 = 3
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let tokens = try (0..<60).map { number in
            try key.token(
                claims([
                    ("sub", .string("user-\(number)")), ("org", ["id": number % 2 == 0 ? "o-1" : "o-2"]),
                    ("scope", .string(["tools:read", "tools:write", "admin"][number % 3])),
                ])
            )
        }
        // One verifier with a cache that is too small for the tokens, and one with room for all.
        for cacheMax in [8, 1000] {
            let verifier = TokenVerifier(settings: try settings(), keys: keys, cacheMax: cacheMax)
            for _ in 0..<400 {
                let number = random(tokens.count)
                let token = try #require(verifier.verify(tokens[number].utf8.span, nowMs: nowMs).token)
                #expect(token.subject == "user-\(number)")
                #expect(token.tenant == (number % 2 == 0 ? "acme" : "other"))
                #expect(token.scopes == 1 << UInt64(number % 3))
            }
        }
    }

    @Test func `a token that differs in one character from a cached one is refused`() throws {
        let key = try Keys.good.get()
        let verifier = TokenVerifier(settings: try settings(), keys: try fixed([key]))
        let token = Array(try key.token(claims()).utf8)
        #expect(verifier.verify(token.span, nowMs: nowMs).token != nil)
        for index in token.indices {
            for other in Array("A_.=".utf8) where token[index] != other {
                var changed = token
                changed[index] = other
                #expect(verifier.verify(changed.span, nowMs: nowMs).token == nil, "\(index)")
            }
        }
        for changed in [token + [61], token + [10], [32] + token, Array(token.dropLast()), token + token] {
            #expect(verifier.verify(changed.span, nowMs: nowMs).token == nil)
        }
        #expect(verifier.verify(token.span, nowMs: nowMs).token != nil)
    }

    @Test
    func `the cache holds no more than its limit`() throws {
        let key = try Keys.good.get()
        let verifier = TokenVerifier(settings: try settings(), keys: try fixed([key]), cacheMax: 8)
        for number in 0..<100 {
            let token = try key.token(claims([("jti", .int(number))]))
            #expect(verifier.verify(token.utf8.span, nowMs: nowMs).token != nil)
        }
        #expect(verifier.cachedCount <= 8)
    }

    @Test
    func `3,000 mutated claim sets are accepted or refused without a crash`() throws {
        let key = try Keys.good.get()
        let verifier = TokenVerifier(settings: try settings(), keys: try fixed([key]))
        let seed = Array(claims([("nbf", 1.5), ("cnf", nil)]).utf8)
        let alphabet = Array("{}[]\",:\\019-+.eEtfn ".utf8) + [0xc3, 0xff, 0]
        var random = SplitMix(state: 5)
        var counts = (good: 0, refused: 0)
        for _ in 0..<3_000 {
            var bytes = seed
            for _ in 0...random.below(3) {
                let place = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[place] = alphabet[random.below(alphabet.count)]
                case 1: bytes.insert(alphabet[random.below(alphabet.count)], at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + random.below(9)))
                }
            }
            let token = try key.token(String(decoding: bytes, as: UTF8.self))
            switch verifier.verify(token.utf8.span, nowMs: nowMs) {
            case .accepted(let token):
                #expect(token.tenant == "acme" || token.tenant == "other")
                counts.good += 1
            default: counts.refused += 1
            }
        }
        #expect(counts.good > 50 && counts.refused > 500, "\(counts)")
    }
}

/// A small generator with a fixed sequence (splitmix64), so that a failing input can be repeated.
private struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((word ^ (word >> 31)) % UInt64(bound))
    }
}
