import Synchronization

/// Durations counted in fixed buckets. Any thread; an observation is two relaxed atomic adds.
///
/// `count` is the number of buckets: one more than its scale has bounds.
package final class Histogram<let count: Int>: Sendable {
    private let scale: HistogramScale
    private let buckets = InlineArray<count, Atomic<UInt64>> { _ in Atomic(0) }
    private let sum = Atomic<UInt64>(0)

    init(_ scale: HistogramScale) {
        precondition(scale.bounds.count + 1 == count)
        self.scale = scale
    }

    package func observe(nanoseconds: UInt64) {
        buckets[scale.index(ofNs: nanoseconds)].wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    /// The present counts. Observations that end meanwhile may be in the buckets and not yet in the sum.
    package func read() -> HistogramReading {
        var cumulative: [UInt64] = []
        cumulative.reserveCapacity(count)
        var total: UInt64 = 0
        for index in buckets.indices {
            total &+= buckets[index].load(ordering: .relaxed)
            cumulative.append(total)
        }
        return HistogramReading(
            scale: scale,
            cumulative: cumulative,
            sumNanoseconds: sum.load(ordering: .relaxed)
        )
    }
}

/// The counts of a histogram, read once.
package struct HistogramReading: Sendable {
    let scale: HistogramScale
    /// Ends with the count of all observations.
    package let cumulative: [UInt64]
    package let sumNanoseconds: UInt64

    package var count: UInt64 { cumulative.last ?? 0 }
}

/// A histogram of `HistogramScale.own`.
typealias OwnHistogram = Histogram<16>
/// A histogram of `HistogramScale.upstream`.
package typealias UpstreamHistogram = Histogram<75>
/// A histogram of `HistogramScale.operation`.
package typealias OperationHistogram = Histogram<18>
/// A histogram of `HistogramScale.publishing`.
package typealias PublishingHistogram = Histogram<16>
/// A histogram of `HistogramScale.lag`.
package typealias LagHistogram = Histogram<16>
