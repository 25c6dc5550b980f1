import Synchronization

/// How long things took, counted in fixed buckets. Any thread; an observation is two relaxed atomic adds.
package final class Histogram: Sendable {
    /// The buckets' upper bounds in nanoseconds, ascending; one more bucket holds what lies above the last.
    package struct Bounds: Sendable {
        package static let count = 15
        let nanoseconds: InlineArray<15, UInt64>

        /// The gateway's own part of a call: 5 µs to 250 ms.
        package static let own = Bounds(
            nanoseconds: [
                5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_250_000, 2_500_000,
                5_000_000,
                10_000_000, 25_000_000, 100_000_000, 250_000_000,
            ]
        )
        /// What others do for a call: 1 ms to 5 minutes.
        package static let upstream = Bounds(
            nanoseconds: [
                1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000,
                500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 15_000_000_000, 60_000_000_000,
                300_000_000_000,
            ]
        )
        /// What is done for each change of the store: 100 µs to 5 s.
        package static let publishing = Bounds(
            nanoseconds: [
                100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
                50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
                5_000_000_000,
            ]
        )
    }

    private let bounds: Bounds
    private let buckets = InlineArray<16, Atomic<UInt64>> { _ in Atomic(0) }
    private let sum = Atomic<UInt64>(0)

    package init(_ bounds: Bounds) { self.bounds = bounds }

    package func observe(nanoseconds: UInt64) {
        var index = 0
        while index < Bounds.count, nanoseconds > bounds.nanoseconds[index] { index += 1 }
        buckets[index].wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    /// What was counted, read once: `cumulative` ends with the count of all observations.
    package struct Reading: Sendable {
        package var bounds: Bounds
        package var cumulative: [UInt64]
        package var sumNanoseconds: UInt64
    }

    /// The counts as they are now. Observations that end meanwhile may be in the buckets and not yet in the
    /// sum.
    package func read() -> Reading {
        var cumulative: [UInt64] = []
        cumulative.reserveCapacity(Bounds.count + 1)
        var count: UInt64 = 0
        for index in buckets.indices {
            count &+= buckets[index].load(ordering: .relaxed)
            cumulative.append(count)
        }
        return Reading(bounds: bounds, cumulative: cumulative, sumNanoseconds: sum.load(ordering: .relaxed))
    }
}
