/// A set of durations, kept so that any quantile is known to within 2 %: p50, p99, the longest.
///
/// Two sketches merge into the sketch of both, in any order and without a loss; so those of minutes make hours, and
/// those of loops or machines make one. A value: no clock, no lock. It takes as many words as there are buckets
/// between its shortest and its longest duration, `bytesMax` at most.
/// Source: see `SketchBuckets`.
package struct QuantileSketch: Sendable, Equatable {
    /// The most bytes that the counts take in memory.
    package static let bytesMax = SketchBuckets.count * MemoryLayout<UInt32>.size

    /// The bucket of the first of `counts`.
    private(set) var first = 0
    /// Neither the first nor the last is 0. A count that reaches its maximum stays there.
    private(set) var counts: [UInt32] = []

    package init() {}

    package var isEmpty: Bool { counts.isEmpty }

    /// How many durations are in it.
    package var count: UInt64 { counts.reduce(0) { $0 + UInt64($1) } }

    package mutating func add(nanoseconds: UInt64) { add(1, bucket: SketchBuckets.index(ofNs: nanoseconds)) }

    package mutating func merge(_ other: QuantileSketch) {
        guard let last = other.counts.indices.last else { return }
        if isEmpty {
            self = other
            return
        }
        cover(other.first...other.first + last)
        for (index, more) in other.counts.enumerated() { add(more, at: other.first + index - first) }
    }

    /// The duration that a share `quantile` (0...1) of all durations doesn't exceed, in nanoseconds; nil when there are
    /// none.
    package func nanoseconds(quantile: Double) -> UInt64? {
        guard !isEmpty else { return nil }
        // The rank counts from 0, as in the paper: of 100 durations p99 is the 99th of them in order.
        let share = quantile > 0 ? min(quantile, 1) : 0
        let rank = UInt64(share * Double(count - 1))
        var below: UInt64 = 0
        for (index, count) in counts.enumerated() {
            below += UInt64(count)
            if below > rank { return SketchBuckets.value(first + index) }
        }
        return SketchBuckets.value(first + counts.count - 1)
    }

    /// Adds to one bucket.
    mutating func add(_ more: UInt32, bucket: Int) {
        guard more > 0 else { return }
        cover(bucket...bucket)
        add(more, at: bucket - first)
    }

    /// Adds to buckets, ascending: a bucket's number in the upper half, the count in the lower.
    mutating func add(_ buckets: [UInt64]) {
        guard let lowest = buckets.first, let highest = buckets.last else { return }
        cover(Int(lowest >> 32)...Int(highest >> 32))
        for bucket in buckets { add(UInt32(truncatingIfNeeded: bucket), at: Int(bucket >> 32) - first) }
    }

    /// Adds to one of `counts`.
    mutating func add(_ more: UInt32, at index: Int) {
        let (sum, isOver) = counts[index].addingReportingOverflow(more)
        counts[index] = isOver ? .max : sum
    }

    /// Makes room for these buckets.
    mutating func cover(_ buckets: ClosedRange<Int>) {
        if isEmpty {
            first = buckets.lowerBound
            counts = [UInt32](repeating: 0, count: buckets.count)
            return
        }
        if buckets.lowerBound < first {
            counts.insert(contentsOf: repeatElement(0, count: first - buckets.lowerBound), at: 0)
            first = buckets.lowerBound
        }
        let missing = buckets.upperBound - (first + counts.count - 1)
        if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
    }
}

extension QuantileSketch {
    /// The durations in nanoseconds, ascending, each with the number of times it was added.
    package var counted: [(nanoseconds: UInt64, count: UInt64)] {
        counts.enumerated().compactMap { index, count in
            count == 0 ? nil : (SketchBuckets.value(first + index), UInt64(count))
        }
    }
}
