import Telemetry
import Testing

/// Sums of calls, and the sketches in them.
struct UsageFiguresTests {
    @Test func `merging a sketch's bytes equals merging the sketch`() {
        var seed: UInt64 = 88_172_645_463_325_252
        func next() -> UInt64 {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return seed
        }
        for _ in 0..<200 {
            var (one, other) = (QuantileSketch(), QuantileSketch())
            for _ in 0..<next() % 40 { one.add(nanoseconds: next() % 1_000_000_000_000) }
            for _ in 0..<next() % 40 { other.add(nanoseconds: next() % 5_000_000_000) }
            var merged = one
            merged.merge(other)
            var read = one
            let isSketch = read.merge(encoded: other.encoded.span)
            #expect(isSketch && read == merged)
        }
    }

    @Test func `bytes that aren't a sketch's add nothing`() {
        var sketch = QuantileSketch()
        sketch.add(nanoseconds: 5_000_000)
        let before = sketch
        var good = QuantileSketch()
        good.add(nanoseconds: 9_000_000)
        good.add(nanoseconds: 80_000_000_000)
        for bytes in [[], [2], [1, 5], Array(good.encoded.dropLast()), good.encoded + [0xFF], [1, 0, 0]]
            as [[UInt8]]
        {
            let isSketch = sketch.merge(encoded: bytes.span)
            #expect(!isSketch && sketch == before, "\(bytes)")
        }
        let isEmptySketch = sketch.merge(encoded: QuantileSketch().encoded.span)
        #expect(isEmptySketch && sketch == before)
    }

    @Test(
        arguments: [(0, 0, nil), (10, 0, 0), (10, 10, 100), (1_000, 1, 1), (1_000, 999, 99), (8, 1, 13)]
            as [(Int, Int, Int?)]
    )
    func `a percentage is 0 only for none and 100 only for all`(_ calls: Int, _ errors: Int, _ percent: Int?)
    {
        var figures = UsageFigures()
        figures.calls = calls
        figures.errors = errors
        figures.reported = calls
        figures.coldStarts = errors
        #expect(figures.errorPercent == percent && figures.coldStartPercent == percent)
    }

    @Test func `sums of impossible figures don't end the process`() {
        var figures = UsageFigures()
        figures.calls = .max
        figures.durationUs = .max
        figures.measuredNanoUSD = .max
        figures.estimatedNanoUSD = .max
        let more = figures
        figures.merge(more)
        figures.calls = .max
        _ = (figures.meanUs, figures.costNanoUSD, figures.errorPercent)
    }
}
