import Bytes
import JOSE
import JSON
import TestSupport
import Testing

/// One key of each kind for the whole suite: making the RSA ones takes a while.
enum Keys {
    static let rsa = Result { try SigningKey(.rsa(bits: 2048), id: "rsa") }
    static let small = Result { try SigningKey(.rsa(bits: 1024), id: "small") }
    static let p256 = Result { try SigningKey(.p256, id: "p256") }
    static let p384 = Result { try SigningKey(.p384, id: "p384") }
    static let ed25519 = Result { try SigningKey(.ed25519, id: "ed25519") }
    static let other = Result { try SigningKey(.p256, id: "other") }
}

private let everything = Set(SignatureAlgorithm.allCases)

private func outcome(
    _ token: String,
    _ keys: [JSONValue],
    allowing allowed: Set<SignatureAlgorithm> = everything
) -> JOSEError? {
    do throws(JOSEError) {
        let set = try JSONWebKeySet(parsing: SigningKey.set(keys).utf8.span)
        try set.verify(try CompactJWS(token.utf8.span), allowing: allowed)
        return nil
    } catch {
        return error
    }
}

struct JSONWebKeySetTests {
    @Test(arguments: [
        ("RS256", "rsa"), ("RS384", "rsa"), ("RS512", "rsa"), ("PS256", "rsa"), ("PS384", "rsa"),
        ("PS512", "rsa"), ("ES256", "p256"), ("ES384", "p384"), ("EdDSA", "ed25519"),
    ])
    func `a token by another library is accepted, and refused when one character of it changes`(
        _ algorithm: String,
        _ name: String
    ) throws {
        let key = try key(name)
        let token = try key.token(#"{"sub":"ada"}"#, algorithm: algorithm)
        #expect(outcome(token, [try key.jwk()]) == nil)
        #expect(outcome(token, [try key.jwk([("alg", .string(algorithm))])]) == nil)
        let dot = try #require(token.lastIndex(of: "."))
        let middle = token.index(dot, offsetBy: 20)
        for place in [token.index(before: dot), middle] {
            var changed = token
            changed.replaceSubrange(place...place, with: token[place] == "A" ? "B" : "A")
            #expect(outcome(changed, [try key.jwk()]) != nil)
        }
    }

    private func key(_ name: String) throws -> SigningKey {
        switch name {
        case "rsa": try Keys.rsa.get()
        case "p256": try Keys.p256.get()
        case "p384": try Keys.p384.get()
        default: try Keys.ed25519.get()
        }
    }

    @Test
    func `a token with an algorithm that isn't allowed is refused, even if the key fits it`() throws {
        let key = try Keys.rsa.get()
        let token = try key.token("{}", algorithm: "RS256")
        #expect(outcome(token, [try key.jwk()], allowing: [.ps256, .es256]) == .algorithm)
        #expect(outcome(token, [try key.jwk()], allowing: []) == .algorithm)
    }

    @Test(arguments: ["none", "None", "nOnE", "HS256", "HS384", "HS512", "RS1", "ES512", "", "RS256 "])
    func `an algorithm that isn't on the list is refused as such, signed or not`(_ name: String) throws {
        let key = try Keys.rsa.get()
        let token = try key.token(rawHeader: #"{"alg":"\#(name)"}"#, "{}", algorithm: "RS256")
        #expect(outcome(token, [try key.jwk()]) == .algorithm)
        let unsigned = String(token.prefix(through: token.lastIndex(of: ".") ?? token.startIndex))
        #expect(outcome(unsigned, [try key.jwk()]) == .algorithm)
    }

    @Test
    func `a key that is malformed, or is for another algorithm or use, is not used`() throws {
        let key = try Keys.rsa.get()
        let token = try key.token("{}", algorithm: "RS256")
        let rows: [[(String, JSONValue)]] = [
            [("alg", "PS256")], [("alg", "HS256")], [("alg", "ES256")], [("alg", "RS512")],
            [("use", "enc")], [("use", 1)], [("key_ops", ["sign"])], [("key_ops", ["encrypt"])],
            [("key_ops", [])], [("key_ops", "verify")], [("kty", "EC")], [("kty", "oct")], [("kid", 1)],
            [("alg", 256)], [("d", "AQAB")], [("k", "AQAB")], [("n", "")], [("n", "A=")], [("e", "AQ")],
            [("e", "AA")], [("e", "Ag")], [("e", "AQAAAAE")], [("n", 5)], [("crv", "P-256")],
        ]
        for row in rows {
            #expect(outcome(token, [try key.jwk(row)]) == .unknownKey, "\(row)")
        }
        #expect(outcome(token, [try key.jwk([("key_ops", ["verify"])])]) == nil)
    }

    @Test
    func `a small RSA key is passed over and reported as weak`() throws {
        let key = try Keys.small.get()
        #expect(outcome(try key.token("{}"), [try key.jwk()]) == .unknownKey)
        let set = try JSONWebKeySet(parsing: SigningKey.set([try key.jwk()]).utf8.span)
        #expect(set.faults == [.weak])
        #expect(set.keys.isEmpty)
    }

    @Test
    func `the key id decides; without one, each key that fits is tried`() throws {
        let (one, other, rsa) = (try Keys.p256.get(), try Keys.other.get(), try Keys.rsa.get())
        let all = [try rsa.jwk(), try other.jwk(), try one.jwk()]
        #expect(outcome(try one.token("{}", header: [("kid", "other")]), all) == .signature)
        #expect(outcome(try one.token("{}", header: [("kid", "nobody")]), all) == .unknownKey)
        let anonymous = try one.token(rawHeader: #"{"alg":"ES256"}"#, "{}", algorithm: "ES256")
        #expect(outcome(anonymous, all) == nil)
        #expect(outcome(anonymous, [try rsa.jwk()]) == .unknownKey)
        #expect(outcome(anonymous, [try rsa.jwk(), try other.jwk()]) == .signature)
    }

    @Test
    func `keys in the token's own header are never used`() throws {
        let (ours, theirs) = (try Keys.p256.get(), try Keys.other.get())
        let token = try theirs.token(
            "{}",
            header: [
                ("kid", "p256"), ("jwk", try theirs.jwk()), ("jku", "https://attacker.example/jwks"),
                ("x5u", "https://attacker.example/x5u"),
            ]
        )
        #expect(outcome(token, [try ours.jwk()]) == .signature)
    }

    @Test(arguments: [
        ("", JOSEError.keySet), ("[]", .keySet), ("{}", .keySet), (#"{"keys":{}}"#, .keySet),
        (#"{"keys":[],"keys":[]}"#, .keySet), (#"{"keys":[{"kid":"a","kid":"b"}]}"#, .keySet),
        (#"{"keys":[]"#, .keySet),
    ])
    func `a document that isn't a key set is refused`(_ text: String, _ error: JOSEError) {
        #expect(throws: error) { try JSONWebKeySet(parsing: text.utf8.span) }
    }

    @Test
    func `a set's size and its count of keys are bounded`() throws {
        let many = SigningKey.set([JSONValue](repeating: [:], count: JSONWebKeySet.keysMax + 1))
        #expect(throws: JOSEError.tooLarge) { try JSONWebKeySet(parsing: many.utf8.span) }
        let long = SigningKey.set([.string(String(repeating: "a", count: JSONWebKeySet.bytesMax))])
        #expect(throws: JOSEError.tooLarge) { try JSONWebKeySet(parsing: long.utf8.span) }
        let deep =
            #"{"keys":[],"x":"# + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "}"
        #expect(throws: JOSEError.keySet) { try JSONWebKeySet(parsing: deep.utf8.span) }
    }

    @Test
    func `one key set serves many threads at once`() async throws {
        let key = try Keys.rsa.get()
        let set = try JSONWebKeySet(
            parsing: SigningKey.set([try key.jwk(), try Keys.p256.get().jwk(), try Keys.ed25519.get().jwk()])
                .utf8.span
        )
        let tokens = try [key, try Keys.p256.get(), try Keys.ed25519.get()].map { try $0.token("{}") }
        let good = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var good = 0
                    for round in 0..<300 {
                        guard let token = try? CompactJWS(tokens[round % 3].utf8.span) else { continue }
                        if (try? set.verify(token, allowing: everything)) != nil { good += 1 }
                    }
                    return good
                }
            }
            return await group.reduce(0, +)
        }
        #expect(good == 1200)
    }
}
