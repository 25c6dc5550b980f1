/// The calls that a quota has counted in one period, or the cost that a budget has.
package struct QuotaUsage: Sendable, Hashable {
    package let limitID: Int64
    /// The period as `QuotaKind` names it: `day:2026-11-21`, `usd-month:2026-11`.
    package let period: String
    /// The stored count, or the amount to add to it, which is negative when more was given back. For a budget,
    /// billionths of a US dollar.
    package let count: Int64

    package init(limitID: Int64, period: String, count: Int64) {
        self.limitID = limitID
        self.period = period
        self.count = count
    }
}
