import HTTP
import Testing

struct IPAddressTests {
    @Test(
        arguments: [
            ("192.0.2.1", 0xFFFF_C000_0201), ("0.0.0.0", 0xFFFF_0000_0000),
            ("255.255.255.255", 0xFFFF_FFFF_FFFF),
            ("::ffff:192.0.2.1", 0xFFFF_C000_0201), ("::", 0), ("::1", 1), ("1::", 1 << 112),
            ("fe80::1%eth0", 0xFE80 << 112 | 1), ("2001:DB8::", 0x2001_0DB8 << 96),
            ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004_0005_0006_0007_0008),
            ("1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004_0005_0006_0102_0304),
            ("1::6:1.2.3.4", 1 << 112 | 0x0006_0102_0304),
            ("1:2:3:4:5:6:7::", 0x0001_0002_0003_0004_0005_0006_0007_0000),
        ] as [(String, UInt128)]
    )
    func `addresses are read in every written form`(_ row: (text: String, bits: UInt128)) throws {
        let address = try #require(IPAddress(row.text))
        #expect(address.bits == row.bits)
    }

    @Test(arguments: [
        "", "1", ":", ":::", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.", ".1.2.3", "1..2.3",
        "a.b.c.d", "1:2",
        "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::1:", ":1::", "g::", "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::", "::1.2.3",
        "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "localhost", "[::1]", "1.2.3.4:80", "%", "1%2",
    ])
    func `text that isn't an address is refused`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "10.0.0.1", true), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::", false), ("::ffff:10.0.0.0/104", "10.4.4.4", true),
        ("10.1.2.3/31", "10.1.2.2", true),
    ])
    func `a range contains exactly the addresses with its prefix`(
        _ row: (range: String, address: String, isIn: Bool)
    )
        throws
    {
        let range = try #require(AddressRange(row.range))
        #expect(range.contains(try #require(IPAddress(row.address))) == row.isIn)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10/8", "::1%a/64",
        "10.0.0.0/8/8",
    ])
    func `text that isn't a range is refused`(_ text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test
    func `reading any text stays within its bounds`() {
        let alphabet = Array("0123456789abcdefABCDEF:.%/[] ")
        for _ in 0..<20_000 {
            let text = String((0..<Int.random(in: 0...48)).compactMap { _ in alphabet.randomElement() })
            guard let address = IPAddress(text) else { continue }
            #expect(AddressRange(text)?.contains(address) ?? text.contains("%"))
        }
    }
}
