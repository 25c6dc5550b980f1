import Synchronization

/// What calls of a tool cost lately: a figure that follows the last eight calls or so. Any thread, no lock; of two calls that end
/// in one moment, one may be left out of it.
package final class RecentCost: Sendable {
    /// Sixteenths of a billionth of a US dollar, and one: 0 before the first call.
    private let average = Atomic<UInt64>(0)

    package init() {}

    /// A call cost that much.
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

    /// What a call costs about, in billionths of a US dollar; nil before the first.
    package var nanoUSD: Int64? {
        let average = average.load(ordering: .relaxed)
        return average == 0 ? nil : Int64((average - 1) >> 4)
    }

    private static let most: Int64 = 1 << 50
}
