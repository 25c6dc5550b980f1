import Bytes
import Testing

struct DigestTests {
    @Test func `a digest keeps its 32 bytes, and any other count is refused`() throws {
        let bytes = (0..<32).map { UInt8($0 * 7 % 256) }
        let digest = try #require(Digest(bytes))
        #expect(digest.bytes == bytes)
        #expect(digest.hex.hasPrefix("00070e151c"))
        #expect(digest.hex.utf8.count == 64)
        #expect(Digest([UInt8](bytes.dropLast())) == nil)
        #expect(Digest(bytes + [0]) == nil)
        #expect(Digest([]) == nil)
    }

    @Test(arguments: 0..<32)
    func `digests that differ in one bit aren't equal`(_ position: Int) throws {
        var bytes = [UInt8](repeating: 0xA5, count: 32)
        let digest = try #require(Digest(bytes))
        bytes[position] ^= 0x10
        let other = try #require(Digest(bytes))
        #expect(digest != other)
    }
}
