import Foundation
import Testing

@testable import Telemetry

private let quantiles = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1]

/// Durations in nanoseconds as they come in practice, and as they don't.
private enum Durations: String, CaseIterable {
    case even, exponential, heavyTail, twoHumps, allAlike, veryShort, veryLong

    func make(_ count: Int, seed: UInt64) -> [UInt64] {
        var dice = SplitMix(state: seed)
        return (0..<count).map { _ in
            let unit = Double.random(in: 1e-9..<1, using: &dice)
            let milliseconds: Double =
                switch self {
                case .even: 1 + 999 * unit
                case .exponential: -20 * log(unit)
                // Pareto: a few take minutes.
                case .heavyTail: min(2 * pow(unit, -0.9), 900_000)
                case .twoHumps: unit < 0.9 ? 3 + 10 * unit : 28_000 + 3_000 * unit
                case .allAlike: 12.345
                case .veryShort: 0.001 + 0.4 * unit
                case .veryLong: 400_000 + 500_000 * unit
                }
            return UInt64(milliseconds * 1_000_000)
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

private func sketch(_ durations: some Sequence<UInt64>) -> QuantileSketch {
    var sketch = QuantileSketch()
    for duration in durations { sketch.add(nanoseconds: duration) }
    return sketch
}

/// The exact quantile, which the sketch approximates.
private func exact(_ quantile: Double, of sorted: [UInt64]) -> Double {
    max(100_000, Double(sorted[Int(quantile * Double(sorted.count - 1))]))
}

struct QuantileSketchTests {
    @Test(arguments: Durations.allCases)
    private func `each quantile is within 2 percent of the exact one`(_ kind: Durations) throws {
        for (seed, count) in [(1, 1), (2, 7), (3, 1_000), (4, 20_000)] as [(UInt64, Int)] {
            let durations = kind.make(count, seed: seed)
            let (sketch, sorted) = (sketch(durations), durations.sorted())
            #expect(sketch.count == UInt64(count))
            for quantile in quantiles {
                let told = Double(try #require(sketch.nanoseconds(quantile: quantile)))
                let exact = exact(quantile, of: sorted)
                #expect(abs(told - exact) <= 0.02 * exact, "\(kind) p\(quantile * 100): \(told), \(exact)")
            }
        }
    }

    @Test(arguments: Durations.allCases)
    private func `merged parts are the whole, in any order`(_ kind: Durations) {
        let parts = (0..<6).map { (part: Int) in
            // The parts cover different buckets, so that each has to make room for the other.
            sketch(kind.make(part * 100, seed: UInt64(part)).map { $0 << UInt64(part % 3) })
        }
        let all = sketch(
            (0..<6).flatMap { part in
                kind.make(part * 100, seed: UInt64(part)).map { $0 << UInt64(part % 3) }
            }
        )
        for order in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 4, 2]] {
            var merged = QuantileSketch()
            for part in order { merged.merge(parts[part]) }
            #expect(merged == all)
        }
    }

    @Test func `every bound is the last value of its bucket`() {
        var (index, before) = (0, UInt64(0))
        // The ends of buckets are found by bisection, independent of the table that finds buckets.
        while index < SketchBuckets.count - 1 {
            var (low, high) = (before, UInt64(1) << 41)
            while high - low > 1 {
                let middle = (low + high) / 2
                if SketchBuckets.index(ofNs: middle) > index { high = middle } else { low = middle }
            }
            #expect(SketchBuckets.index(ofNs: high) == index + 1)
            #expect(index == 0 ? low == 100_000 : abs(Double(low) / Double(before) - 1.04) < 0.000_02)
            (index, before) = (index + 1, low)
        }
        #expect(before < 900_000_000_000 * 104 / 100 && Double(before) * 1.04 > 900_000_000_000)
        for nanoseconds in [UInt64(1) << 40, 1 << 50, .max] {
            #expect(SketchBuckets.index(ofNs: nanoseconds) == SketchBuckets.count - 1)
        }
        #expect(SketchBuckets.index(ofNs: 0) == 0)
    }

    @Test func `an empty sketch has no quantile, and merging it has no effect`() {
        var full = sketch([5_000_000])
        #expect(QuantileSketch().nanoseconds(quantile: 0.5) == nil)
        full.merge(QuantileSketch())
        #expect(full == sketch([5_000_000]))
        var empty = QuantileSketch()
        empty.merge(full)
        #expect(empty == full)
    }

    @Test func `a sketch stays within its size, and a full count stays full`() {
        var sketch = sketch([0, .max, 1_000_000])
        #expect(sketch.counts.count * MemoryLayout<UInt32>.size <= QuantileSketch.bytesMax)
        for _ in 0..<40 { sketch.merge(sketch) }
        #expect(sketch.counts.max() == .max)
        #expect(sketch.nanoseconds(quantile: 0) == 100_000)
    }

    @Test(arguments: Durations.allCases)
    private func `a sketch is read back from its bytes`(_ kind: Durations) throws {
        for count in [0, 1, 500] {
            let sketch = sketch(kind.make(count, seed: 9))
            let bytes = sketch.encoded
            #expect(bytes.count <= QuantileSketch.encodedBytesMax)
            #expect(try #require(QuantileSketch(encoded: bytes)) == sketch)
        }
        #expect(sketch(Durations.exponential.make(10_000, seed: 1)).encoded.count < 500)
    }

    @Test(
        arguments: [
            [], [0], [2, 1, 1], [1, 1], [1, 0, 0], [1, 0x80, 0, 1], [1, 0, 0x80, 0x80, 0x80, 0x80, 0x10],
            [1, 0x9A, 0x03, 1], [1, 0x99, 0x03, 1, 0, 1], [1, 0, 1, 0x80],
        ] as [[UInt8]]
    )
    func `bytes that aren't a sketch's are refused`(_ bytes: [UInt8]) {
        #expect(QuantileSketch(encoded: bytes) == nil)
    }

    @Test func `any bytes are refused, or read as a sketch with the same bytes`() {
        var dice = SplitMix(state: 5)
        for _ in 0..<20_000 {
            var bytes: [UInt8] = [1]
            for _ in 0..<Int.random(in: 0..<12, using: &dice) {
                bytes.append(.random(in: 0...(Bool.random(using: &dice) ? 255 : 3), using: &dice))
            }
            if let sketch = QuantileSketch(encoded: bytes) { #expect(sketch.encoded == bytes) }
        }
    }
}
