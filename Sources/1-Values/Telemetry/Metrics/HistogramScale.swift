/// The buckets of a histogram: their upper bounds, and how to find the bucket of a duration without a search.
///
/// Made once, at the first use of each.
package final class HistogramScale: Sendable {
    /// The bounds in nanoseconds, ascending; a bound belongs to the bucket below it. One more bucket is above the last.
    let bounds: [UInt64]
    /// The bounds in Prometheus's text format, in seconds.
    let texts: [String]
    /// [doubling of a nanosecond, eighth of it] → the bucket of the lowest duration in it.
    private let cells: InlineArray<512, UInt8>

    private static let cellBits = 3

    /// - Parameter microseconds: at most 200 bounds.
    init(microseconds: [UInt64]) {
        let bounds = microseconds.map { $0 * 1_000 }
        precondition(bounds.count <= 200 && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
        self.bounds = bounds
        texts = bounds.map { MetricsWriter.number(Double($0) / 1e9) }
        cells = InlineArray { cell in
            let exponent = UInt64(cell >> Self.cellBits)
            let eighths = UInt64(cell & 7) | 8
            let lowest = exponent < 3 ? 0 : eighths << (exponent - 3)
            return UInt8(bounds.firstIndex { lowest <= $0 } ?? bounds.count)
        }
    }

    /// The bucket that a duration belongs to. O(1): an eighth of a doubling rarely has more than one bound in it.
    func index(ofNs nanoseconds: UInt64) -> Int {
        guard nanoseconds > 7 else { return 0 }
        let exponent = UInt64.bitWidth - 1 - nanoseconds.leadingZeroBitCount
        let eighth = Int(truncatingIfNeeded: nanoseconds >> UInt64(exponent - Self.cellBits)) & 7
        var index = Int(cells[exponent << Self.cellBits | eighth])
        while index < bounds.count, nanoseconds > bounds[index] { index += 1 }
        return index
    }
}

extension HistogramScale {
    /// The gateway's own part of a call: 5 µs to 250 ms.
    static let own = HistogramScale(
        microseconds: [
            5, 10, 20, 40, 80, 160, 320, 640, 1_250, 2_500, 5_000, 10_000, 25_000, 100_000, 250_000,
        ]
    )

    /// The upstream's part of a call: 1 ms to 5 minutes. Between 5 ms and a minute no bound is more than 15 % above the
    /// one before, so that a quantile of `histogram_quantile` is off by that at most, whatever the durations.
    static let upstream = HistogramScale(microseconds: fine)

    private static let fine: [UInt64] = {
        // The steps of a decade, in hundredths.
        let steps: [UInt64] = [
            1_000, 1_140, 1_300, 1_480, 1_690, 1_920, 2_190, 2_500, 2_870, 3_300, 3_790, 4_350, 5_000, 5_740,
            6_600, 7_580, 8_700,
        ]
        let decades: [UInt64] = [10, 100, 1_000].flatMap { unit in steps.map { $0 * unit } }
        let seconds: [UInt64] = [
            1_000, 1_145, 1_310, 1_500, 1_720, 1_975, 2_270, 2_610, 3_000, 3_440, 3_950, 4_540, 5_220, 6_000,
        ]
        return [1_000, 2_500] + steps.suffix(5) + decades + seconds.map { $0 * 10_000 }
            + [120_000_000, 300_000_000]
    }()

    /// Whole operations of MCP. The bounds from 10 ms on are those of the convention.
    /// Source: OpenTelemetry, "Semantic conventions for Model Context Protocol (MCP)", Metrics
    static let operation = HistogramScale(
        microseconds: [
            1_000, 2_500, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000,
            5_000_000, 10_000_000, 30_000_000, 60_000_000, 120_000_000, 300_000_000,
        ]
    )

    /// The work for each change of the store: 100 µs to 5 s.
    static let publishing = HistogramScale(
        microseconds: [
            100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
            2_500_000, 5_000_000,
        ]
    )

    /// How late a loop's timers fire: 1 ms to 30 s.
    static let lag = HistogramScale(
        microseconds: [
            1_000, 2_500, 5_000, 10_000, 15_000, 20_000, 30_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
            2_500_000, 10_000_000, 30_000_000,
        ]
    )
}
