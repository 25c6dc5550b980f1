import TOML
import Testing

struct TOMLFuzzTests {
    private static let seeds = [
        """
        # comment
        title = "x\\u00e9" # more
        [agents] 
        listen = "127.0.0.1:3000"
        list = [ "a", 'b', \"\"\"c\"\"\" , '''d''' ]
        inline = { a = 1, b.c = 2.5, d = [ {}, [] ] }
        """,
        """
        a.b."c d".e = 0x1F
        when = 1979-05-27T07:32:00.999-07:00
        [[x.y]]
        n = -1_000.5e-3
        [[x.y]]
        n = nan
        [x.y.z]
        t = 07:32:00
        """,
    ]

    @Test
    func `20,000 mutated documents are read or refused, and never crash`() {
        var random = SplitMix(state: 7)
        let alphabet = Array("[]{}=.,\"'\\#\n\r\t \u{0}_-+0123456789abxeTZ:inf".utf8) + [0x80, 0xc3, 0xff]
        var read = 0
        for round in 0..<20_000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0...random.below(6) {
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = alphabet[random.below(alphabet.count)]
                case 1: bytes.insert(alphabet[random.below(alphabet.count)], at: place)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + random.below(8)))
                default: bytes.append(contentsOf: bytes[place..<min(bytes.count, place + random.below(40))])
                }
                if bytes.isEmpty { bytes = [UInt8(ascii: "a")] }
            }
            if (try? TOMLDocument(parsing: bytes)) != nil { read += 1 }
        }
        #expect(read > 100, "the mutations should leave some documents valid")
        #expect(read < 20_000)
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
