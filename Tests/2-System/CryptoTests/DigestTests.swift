import Bytes
import Crypto
import Testing

struct DigestTests {
    struct Row: Sendable {
        var text: String = ""
        var copies = 1
        let hex: String

        var message: [UInt8] { Array(String(repeating: text, count: copies).utf8) }
    }

    /// Source: FIPS 180-4 example values (NIST CSRC, SHA-256).
    static let rows = [
        Row(hex: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        Row(
            text: "abc",
            hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        Row(
            text: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            hex: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        Row(
            text: "a",
            copies: 1_000_000,
            hex: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test(arguments: rows)
    func `hashes the published messages to the published digests`(_ row: Row) {
        let message = row.message
        #expect(SHA256.hash(message).hex == row.hex)
        let part = SHA256.hash([1] + message + [2], 1..<message.count + 1)
        #expect(part.hex == row.hex)
    }

    @Test func `a digest equals only itself, and can be read back from its text and its bytes`() {
        let digest = SHA256.hash("a")
        #expect(digest == SHA256.hash("a"))
        #expect(digest != SHA256.hash("b"))
        #expect(Set([digest, SHA256.hash("a"), SHA256.hash("b")]).count == 2)
        #expect(Digest(hex: digest.hex) == digest)
        let stored = Digest(digest.bytes.span)
        #expect(stored == digest)
        #expect("\(digest)" == digest.hex)
        var flipped = digest.bytes
        flipped[31] ^= 1
        let other = Digest(flipped.span)
        #expect(other != nil && other != digest)
    }

    @Test(arguments: ["", "00", String(repeating: "0", count: 63), String(repeating: "A", count: 64)])
    func `refuses text that isn't a digest`(_ text: String) {
        #expect(Digest(hex: text) == nil)
    }
}
