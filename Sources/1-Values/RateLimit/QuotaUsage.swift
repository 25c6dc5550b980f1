/// Calls that a quota has counted in one period.
package struct QuotaUsage: Sendable, Hashable {
    package let limitID: Int64
    /// `day:2026-11-21` or `month:2026-11`, UTC.
    package let period: String
    /// The stored count; or what is to be added to it, which is negative when calls were given back.
    package let count: Int64

    package init(limitID: Int64, period: String, count: Int64) {
        self.limitID = limitID
        self.period = period
        self.count = count
    }
}
