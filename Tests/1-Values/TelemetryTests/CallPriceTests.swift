import Bytes
import Policy
import Telemetry
import Testing

struct CallPriceTests {
    static let x86 = PriceTable().price(of: .x86, in: nil)
    static let arm = PriceTable().price(of: .arm, in: nil)

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var price = CallPriceTests.x86
        let billedMs: UInt32
        let memoryMB: UInt32
        /// The expected cost in trillionths of a US dollar, computed by hand.
        let picoUSD: Double
        var testDescription: String { name }
    }

    /// The bill of an example divided by its calls.
    /// Source: https://aws.amazon.com/lambda/pricing/, "Pricing examples": requests × $0.20/M, GB-s × the price, before the free
    /// tier.
    @Test(arguments: [
        // 3 M requests of 120 ms at 1,536 MB: 540,000 GB-s and $0.60.
        Row(
            name: "mobile app",
            billedMs: 120,
            memoryMB: 1_536,
            picoUSD: (540_000 * 16_666_700) / 3e6 + 200_000
        ),
        // 30 M requests of 1 s at 1,024 MB, arm: 30,000,000 GB-s.
        Row(name: "arm", price: arm, billedMs: 1_000, memoryMB: 1_024, picoUSD: 13_333_400 + 200_000),
        Row(name: "1 ms at 128 MB", billedMs: 1, memoryMB: 128, picoUSD: 16_666_700 / 8_000 + 200_000),
        Row(name: "1 s at 128 MB", billedMs: 1_000, memoryMB: 128, picoUSD: 16_666_700 / 8 + 200_000),
        Row(
            name: "15 min at 10,240 MB",
            billedMs: 900_000,
            memoryMB: 10_240,
            picoUSD: 9_000 * 16_666_700 + 200_000
        ),
        Row(name: "a request alone", billedMs: 0, memoryMB: 128, picoUSD: 200_000),
    ])
    func `a call has the cost by AWS's prices, rounded up or down by its dither`(_ row: Row) {
        let exact = row.picoUSD / 1_000
        func cost(_ dither: UInt32) -> Int64 {
            row.price.nanoUSD(billedMs: row.billedMs, memoryMB: row.memoryMB, requests: 1, dither: dither)
        }
        #expect(cost(0) == Int64(exact.rounded(.down)))
        #expect(cost(.max) == Int64(exact.rounded(.up)))
        #expect(cost(7) == cost(7))
        // Evenly spread values of `dither` add up to the exact sum.
        let sum = (0..<UInt32(4_096)).reduce(Int64(0)) { $0 + cost($1 << 20 | 0x7_FFFF) }
        #expect(abs(Double(sum) - exact * 4_096) <= 1, "\(sum)")
    }

    @Test func `a million small calls have the total cost that AWS bills`() {
        // Any generator of ids will do: this one is splitmix64.
        var state: UInt64 = 42
        func random() -> UInt32 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            return UInt32(truncatingIfNeeded: word ^ word >> 31)
        }
        let sum = (0..<1_000_000).reduce(Int64(0)) { sum, _ in
            sum + Self.x86.nanoUSD(billedMs: 1, memoryMB: 128, requests: 1, dither: random())
        }
        // 125 GB-s and a million requests.
        let exact = 125 * 16_666.7 + 200_000_000
        #expect(abs(Double(sum) - exact) < 2_000, "\(sum), \(exact)")
    }

    struct Extreme: Sendable {
        let gb: UInt64
        let request: UInt64
        let billedMs: UInt32
        let memoryMB: UInt32
        let requests: UInt32
    }

    @Test(arguments: [
        Extreme(gb: .max, request: .max, billedMs: .max, memoryMB: .max, requests: .max),
        Extreme(gb: .max, request: 0, billedMs: .max, memoryMB: 1, requests: 0),
        Extreme(gb: 1, request: .max, billedMs: 0, memoryMB: .max, requests: .max),
        Extreme(gb: 0, request: 0, billedMs: .max, memoryMB: .max, requests: .max),
    ])
    func `the cost of extreme figures doesn't overflow`(_ row: Extreme) {
        let price = CallPrice(gbSecondPicoUSD: row.gb, requestPicoUSD: row.request)
        for dither in [UInt32(0), 1 << 31, .max] {
            let cost = price.nanoUSD(
                billedMs: row.billedMs,
                memoryMB: row.memoryMB,
                requests: row.requests,
                dither: dither
            )
            #expect((0...Int64(1) << 52).contains(cost))
        }
    }

    @Test func `a region has its own prices or the common ones, and no region means the home region`() {
        var table = PriceTable()
        table.regions["af-south-1"] = .init(
            x86PicoUSD: 22_100_000,
            armPicoUSD: 17_680_000,
            requestPicoUSD: 280_000
        )
        table.homeRegion = "af-south-1"
        #expect(table.price(of: .arm, in: nil).gbSecondPicoUSD == 17_680_000)
        #expect(table.price(of: .x86, in: "af-south-1").requestPicoUSD == 280_000)
        #expect(table.price(of: .x86, in: "eu-central-1") == Self.x86)
    }
}
