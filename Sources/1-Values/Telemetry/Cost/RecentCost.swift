import Synchronization

/// The recent cost of a tool's calls: an average that follows about the last eight. Any thread, no lock; when two calls
/// end at once, one may be left out.
package final class RecentCost: Sendable {
    /// The average in sixteenths of a billionth of a US dollar, plus 1; 0 before the first call.
    private let average = Atomic<UInt64>(0)

    package init() {}

    /// Adds the cost of a call.
    package func add(_ nanoUSD: Int64) {
        let now = UInt64(min(max(nanoUSD, 0), Self.most)) << 4
        let before = average.load(ordering: .relaxed)
        guard before > 0 else { return average.store(now + 1, ordering: .relaxed) }
        let known = before - 1
        average.store(
            (now >= known ? known + (now - known) / 8 : known - (known - now) / 8) + 1,
            ordering: .relaxed
        )
    }

    /// The approximate cost of a call, in billionths of a US dollar; nil before the first.
    package var nanoUSD: Int64? {
        let average = average.load(ordering: .relaxed)
        return average == 0 ? nil : Int64((average - 1) >> 4)
    }

    private static let most: Int64 = 1 << 50
}
