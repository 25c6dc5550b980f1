import Crypto
import Testing

/// Texts that come back from others' hands.
struct SealTests {
    private let seal = Seal(secret: [UInt8](repeating: 7, count: 32), purpose: "a test")
    private let context: [UInt8] = Array("call 1".utf8)

    private func open(_ text: String, _ context: [UInt8]) -> [UInt8]? {
        seal.open(text.utf8.span, boundTo: context)
    }

    @Test(arguments: [0, 1, 31, 32, 33, 64, 5_000])
    func `a sealed text opens for its context and its purpose alone`(_ count: Int) {
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let text = seal.seal(plain.span, boundTo: context)
        #expect(text.utf8.count == ((count + 28) * 4 + 2) / 3)
        #expect(open(text, context) == plain)
        #expect(open(text, Array("call 2".utf8)) == nil)
        #expect(open(text, []) == nil)
        let other = Seal(secret: [UInt8](repeating: 7, count: 32), purpose: "another test")
        #expect(other.open(text.utf8.span, boundTo: context) == nil)
        let foreign = Seal(secret: [UInt8](repeating: 8, count: 32), purpose: "a test")
        #expect(foreign.open(text.utf8.span, boundTo: context) == nil)
        // A random nonce makes each sealed text another one.
        #expect(seal.seal(plain.span, boundTo: context) != text)
    }

    @Test func `a sealed text with one bit changed, cut or lengthened does not open`() throws {
        let text = seal.seal(Array("secret".utf8).span, boundTo: context)
        let bytes = try #require(Base64.url.decode(text))
        for index in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[index] ^= 1 << UInt8(bit)
                #expect(open(Base64.url.encode(other), context) == nil)
            }
        }
        for count in 0..<bytes.count {
            #expect(open(Base64.url.encode(Array(bytes[..<count])), context) == nil)
        }
        for text in ["\(text)A", "\(text)-TAMPERED", " \(text)", "\(text)=", "", "é"] {
            #expect(open(text, context) == nil)
        }
    }

    /// Made by the Python standard library from the description of the form, with the secret of these tests.
    @Test func `the form is the one that earlier versions sealed places with`() {
        let text =
            "AAECAwQFBgcICQoLcNyjhJjWdihN8ENzp2cLoPG0AmO8Ra3EWid4nejT_kyzrCW90IPnXyi9Vs5vYfCUecYYTnOUd4A"
        let places = Seal(secret: [UInt8](repeating: 7, count: 32), purpose: "portal place")
        let plain = places.open(text.utf8.span, boundTo: [5, 0, 0, 0, 0, 0, 0, 0])
        #expect(plain == Array(String(repeating: "AbC-_123", count: 5).utf8))
    }
}
