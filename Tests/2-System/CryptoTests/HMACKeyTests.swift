import Bytes
import Crypto
import Testing

struct HMACKeyTests {
    struct Row: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let hex: String
    }

    /// Source: RFC 4231 §4.2–4.8 (case 5 is about truncation, which we don't offer).
    static let rows = [
        Row(
            key: Array(repeating: 0x0b, count: 20),
            message: Array("Hi There".utf8),
            hex: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        Row(
            key: Array("Jefe".utf8),
            message: Array("what do ya want for nothing?".utf8),
            hex: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        Row(
            key: Array(repeating: 0xaa, count: 20),
            message: Array(repeating: 0xdd, count: 50),
            hex: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        Row(
            key: Array(1...25),
            message: Array(repeating: 0xcd, count: 50),
            hex: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        Row(
            key: Array(repeating: 0xaa, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            hex: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        Row(
            key: Array(repeating: 0xaa, count: 131),
            message: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8
            ),
            hex: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test(arguments: rows)
    func `authenticates the published messages, again and again`(_ row: Row) {
        let key = HMACKey(row.key)
        for _ in 0..<3 {
            let code = key.authenticate(row.message.span)
            #expect(code.hex == row.hex)
        }
    }

    @Test func `accepts its own code and refuses any other`() {
        let key = HMACKey(Array("key".utf8))
        let message = Array("message".utf8)
        var code = key.authenticate(message.span).bytes
        func isValid(_ code: [UInt8], key: HMACKey) -> Bool { key.isValid(code.span, for: message.span) }
        #expect(isValid(code, key: key))
        #expect(!isValid(Array(code.prefix(31)), key: key))
        #expect(!isValid([], key: key))
        #expect(!isValid(code, key: HMACKey(Array("kez".utf8))))
        for bit in 0..<256 {
            code[bit / 8] ^= 1 << (bit % 8)
            #expect(!isValid(code, key: key))
            code[bit / 8] ^= 1 << (bit % 8)
        }
        #expect(isValid(code, key: key))
    }
}
