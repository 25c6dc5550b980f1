import Bytes
import Crypto
import Testing

struct TextFormTests {
    /// Source: RFC 4648 §10.
    @Test(arguments: [
        ("", "", ""), ("f", "Zg==", "66"), ("fo", "Zm8=", "666f"), ("foo", "Zm9v", "666f6f"),
        ("foob", "Zm9vYg==", "666f6f62"), ("fooba", "Zm9vYmE=", "666f6f6261"),
        ("foobar", "Zm9vYmFy", "666f6f626172"),
    ])
    func `writes and reads the published texts`(_ plain: String, _ base64: String, _ hex: String) {
        let bytes = Array(plain.utf8)
        #expect(Base64.standard.encode(bytes) == base64)
        #expect(Base64.standard.decode(base64) == bytes)
        let unpadded = String(base64.prefix { $0 != "=" })
        #expect(Base64.url.encode(bytes) == unpadded)
        #expect(Base64.url.decode(unpadded) == bytes)
        #expect(Hex.encode(bytes) == hex)
        #expect(Hex.decode(hex) == bytes)
    }

    @Test func `the two alphabets differ in two characters`() {
        let bytes: [UInt8] = [0xfb, 0xff, 0xfe]
        #expect(Base64.standard.encode(bytes) == "+//+")
        #expect(Base64.url.encode(bytes) == "-__-")
        #expect(Base64.standard.decode("-__-") == nil)
        #expect(Base64.url.decode("+//+") == nil)
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "====", "=", "==", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zm9v====",
        "Zg==Zg==",
        "Z=g=", "Zm9\u{e9}", "Zm9v!", "\u{0}AAA",
    ])
    func `refuses Base64 that isn't the only valid text of its bytes`(_ text: String) {
        #expect(Base64.standard.decode(text) == nil)
    }

    @Test(arguments: ["A", "Zg==", "Zh", "Zm9", "Zm9vY", "Zm 9", "Zm9v=", "Zm9v\u{7f}"])
    func `refuses URL Base64 with padding, missing bits or stray bits`(_ text: String) {
        #expect(Base64.url.decode(text) == nil)
    }

    @Test(arguments: ["0", "0g", "AB", "a b", "0x", "\u{e9}", "000"])
    func `refuses hexadecimal with other digits or half a byte`(_ text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func `text that can be decoded is encoded to the same text again, and no text crashes`() {
        var random = SplitMix(seed: 4648)
        let likely = Array("ABCabc0189+/-_==".utf8)
        var readable = 0
        for round in 0..<20_000 {
            let count = Int(random.next() % 13)
            let text = (0..<count).map { _ in
                round.isMultiple(of: 4)
                    ? UInt8(truncatingIfNeeded: random.next())
                    : likely[Int(random.next() % UInt64(likely.count))]
            }
            for form in [Base64.standard, .url] {
                guard let bytes = form.decode(text.span) else { continue }
                readable += 1
                var again = ByteBuffer()
                form.encode(bytes.span, to: &again)
                #expect(again.bytes == text)
            }
            if let bytes = Hex.decode(text.span) { #expect(Array(Hex.encode(bytes).utf8) == text) }
        }
        #expect(readable > 1_000)
    }

    @Test func `bytes are the same after encoding and decoding`() {
        var random = SplitMix(seed: 1)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(Base64.standard.decode(Base64.standard.encode(bytes)) == bytes)
            #expect(Base64.url.decode(Base64.url.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }
}

/// A small repeatable generator.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
