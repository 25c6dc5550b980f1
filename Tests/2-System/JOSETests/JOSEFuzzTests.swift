import Bytes
import Crypto
import JOSE
import JSON
import TestSupport
import Testing

struct JOSEFuzzTests {
    private static let everything = Set(SignatureAlgorithm.allCases)

    @Test
    func `20,000 mutated tokens are refused, except those that are unchanged`() throws {
        let keys = [try Keys.rsa.get(), try Keys.p256.get(), try Keys.p384.get(), try Keys.ed25519.get()]
        let set = try JSONWebKeySet(parsing: SigningKey.set(try keys.map { try $0.jwk() }).utf8.span)
        let tokens = try keys.map { Array(try $0.token(#"{"iss":"https://issuer.example","exp":1}"#).utf8) }
        var random = SplitMix(state: 11)
        let alphabet = Array("AZaz09-_.=+/ {}\":,\u{0}".utf8) + [0x80, 0xff]
        var wellFormed = 0
        for round in 0..<20_000 {
            let original = tokens[round % tokens.count]
            let bytes = mutated(original, alphabet, &random)
            guard let token = try? CompactJWS(bytes.span) else { continue }
            wellFormed += 1
            guard bytes != original else { continue }
            #expect(throws: JOSEError.self, "round \(round)") {
                try set.verify(token, allowing: Self.everything)
            }
        }
        #expect(wellFormed > 1_000, "the mutations should leave some tokens well formed")
    }

    @Test
    func `5,000 tokens with mutated headers are refused, also those that are well formed`() throws {
        let key = try Keys.p256.get()
        let set = try JSONWebKeySet(parsing: SigningKey.set([try key.jwk()]).utf8.span)
        let header = Array(
            #"{"alg":"ES256","kid":"p256","typ":"JWT","x":[1,2.5e3,true,null,"\u00e9\u0000"]}"#.utf8
        )
        let alphabet = Array("{}[]\",:\\u0123456789eE+-.truefalsnl\u{0}".utf8) + [0xc3, 0xff]
        var random = SplitMix(state: 12)
        var reached = 0
        for _ in 0..<5_000 {
            let text = Base64.url.encode(mutated(header, alphabet, &random).span)
            let signature = [UInt8](repeating: UInt8(random.below(256)), count: 64)
            guard let token = try? CompactJWS("\(text).e30.\(Base64.url.encode(signature.span))".utf8.span)
            else {
                continue
            }
            reached += 1
            #expect(throws: JOSEError.self) { try set.verify(token, allowing: Self.everything) }
        }
        #expect(reached > 100)
    }

    @Test
    func `10,000 mutated key sets are read or refused, and never crash`() throws {
        let keys = [try Keys.rsa.get(), try Keys.p256.get(), try Keys.p384.get(), try Keys.ed25519.get()]
        let seed = Array(SigningKey.set(try keys.map { try $0.jwk() }).utf8)
        let alphabet = Array("{}[]\",:AZaz09-_=\\\u{0}".utf8) + [0xc3, 0xff]
        var random = SplitMix(state: 13)
        var (read, usable) = (0, 0)
        for _ in 0..<10_000 {
            guard let set = try? JSONWebKeySet(parsing: mutated(seed, alphabet, &random).span) else {
                continue
            }
            read += 1
            usable += set.keys.count
        }
        #expect(read > 1_000)
        #expect(usable < read * 4, "some key of some set should have become unusable")
    }

    private func mutated(_ original: [UInt8], _ alphabet: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = original
        for _ in 0...random.below(3) {
            let place = random.below(bytes.count)
            switch random.below(4) {
            case 0, 1: bytes[place] = alphabet[random.below(alphabet.count)]
            case 2: bytes.insert(alphabet[random.below(alphabet.count)], at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + random.below(6)))
            }
            if bytes.isEmpty { bytes = [UInt8(ascii: ".")] }
        }
        return bytes
    }
}

/// A small generator with a known sequence (splitmix64), so that a failing input can be reproduced.
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
