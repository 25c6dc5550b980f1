import Crypto
@testable import PortalAPI
import Testing

/// Sealed places in lists of calls.
struct PlaceSealTests {
    private let seal = PlaceSeal(secret: [UInt8](repeating: 7, count: 32))

    @Test(arguments: [
        "", "A", "AbC-_123", String(repeating: "x", count: 31), String(repeating: "x", count: 32),
        String(repeating: "yz", count: 512),
    ])
    func `a sealed place opens on every server of the store, and only for its tenant`(_ place: String)
        throws
    {
        let text = seal.seal(place, tenantID: 5)
        #expect(text.utf8.count <= PlaceSeal.textMax)
        #expect(
            text.utf8.allSatisfy { $0 == 0x2D || $0 == 0x5F || $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 }
        )
        #expect(seal.open(text, tenantID: 5) == place)
        #expect(PlaceSeal(secret: [UInt8](repeating: 7, count: 32)).open(text, tenantID: 5) == place)
        #expect(seal.open(text, tenantID: 6) == nil)
        #expect(PlaceSeal(secret: [UInt8](repeating: 8, count: 32)).open(text, tenantID: 5) == nil)
    }

    @Test func `two seals of the same place have nothing in common`() throws {
        let place = String(repeating: "x", count: 64)
        let texts = (0..<2).map { _ in seal.seal(place, tenantID: 5) }
        let bytes = try texts.map { try #require(Base64.url.decode($0)) }
        let same = zip(bytes[0], bytes[1]).count { $0 == $1 }
        #expect(same < 12)
        #expect(!String(decoding: bytes[0], as: UTF8.self).contains("xxx"))
    }

    @Test func `a changed sealed text doesn't open`() throws {
        let text = seal.seal("AbC-_123", tenantID: 5)
        let bytes = try #require(Base64.url.decode(text))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1
            #expect(seal.open(Base64.url.encode(other), tenantID: 5) == nil)
        }
        for text in ["", "A", String(text.dropLast()), text + "A", String(repeating: "A", count: 3_000)] {
            #expect(seal.open(text, tenantID: 5) == nil)
        }
    }
}
