/// The buckets of every `QuantileSketch`: the first ends at 0.1 ms, and each later one 4 % above the one before.
///
/// A duration is taken as the point of its bucket that is in proportion equally far from both ends, at most 1.97 % off.
/// Durations shorter than 0.1 ms count as 0.1 ms, and those longer than 15 minutes as something above that.
/// Source: Masson, Rim, Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees",
/// VLDB 2019, section 2.1, with γ = 1.04
enum SketchBuckets {
    static let count = 410
    private static let growth = 1.04
    private static let firstNs = 100_000.0

    /// Upper bounds in nanoseconds; a bound belongs to the bucket below it.
    private static let bounds: InlineArray<410, UInt64> = {
        var bound = firstNs / growth
        return InlineArray { _ in
            bound *= growth
            return UInt64(bound)
        }
    }()

    /// The cells by which a bucket is found without a search: 32 in each doubling. A cell spans at most 3.2 %, so that
    /// at most one bound lies in it. [cell] → the bucket of its lowest value.
    private static let cells = InlineArray<768, UInt16> { UInt16(search(lowest(ofCell: $0))) }

    private static let cellBits = 5
    /// Durations below 2^16 ns are all in the first bucket, with the first cell.
    private static let lowestExponent = 16
    /// Doublings from 2^16 ns to 2^40 ns, above the last bound.
    private static let cellCount = 768

    /// The bucket that a duration belongs to. O(1).
    static func index(ofNs nanoseconds: UInt64) -> Int {
        guard nanoseconds > 99_999 else { return 0 }
        let exponent = UInt64.bitWidth - 1 - nanoseconds.leadingZeroBitCount
        let below = Int(truncatingIfNeeded: nanoseconds >> UInt64(exponent - cellBits)) & 31
        let cell = (exponent - lowestExponent) << cellBits | below
        guard cell < cellCount else { return count - 1 }
        let index = Int(cells[cell])
        return index < count - 1 && nanoseconds > bounds[index] ? index + 1 : index
    }

    /// The value that a duration in that bucket is taken as, in nanoseconds.
    static func value(_ index: Int) -> UInt64 {
        index == 0 ? bounds[0] : UInt64(2 * Double(bounds[index]) / (1 + growth))
    }

    private static func lowest(ofCell cell: Int) -> UInt64 {
        let exponent = UInt64(lowestExponent + cell >> cellBits)
        return 1 << exponent + UInt64(cell & 31) << (exponent - UInt64(cellBits))
    }

    private static func search(_ nanoseconds: UInt64) -> Int {
        bounds.indices.first { nanoseconds <= bounds[$0] } ?? count - 1
    }
}
