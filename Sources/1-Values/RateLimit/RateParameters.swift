/// How fast permits come, and how many can be saved up.
///
/// All arithmetic is in ticks: `ticksPerNs` of them make a nanosecond, chosen so that the time between two permits is a
/// whole number of them. So 7 permits a minute are exactly 7, however long it runs.
package struct RateParameters: Sendable, Equatable {
    /// The upper bound of permits and burst; a greater value counts as this.
    package static let most = 1_000_000_000

    /// Permits per period, 1...most.
    package let permits: Int
    /// The period, in nanoseconds, up to an hour.
    package let periodNs: UInt64
    /// How many permits are available after a long rest, 1...most.
    package let burst: Int

    /// Less than 2^30.
    let ticksPerNs: UInt64
    /// The time between two permits in ticks, less than 2^42.
    let interval: UInt128
    /// How far, in ticks, the arrival time may be ahead of now for a permit to be available.
    let tolerance: UInt128

    /// Values outside their bounds count as the nearest bound; the period is 1 ns...1 hour.
    package init(permits: Int, periodNs: UInt64, burst: Int) {
        self.permits = min(max(permits, 1), Self.most)
        self.periodNs = min(max(periodNs, 1), Self.hourNs)
        self.burst = min(max(burst, 1), Self.most)
        let divisor = Self.greatestCommonDivisor(UInt64(self.permits), self.periodNs)
        ticksPerNs = UInt64(self.permits) / divisor
        interval = UInt128(self.periodNs / divisor)
        tolerance = UInt128(self.burst - 1) * interval
    }

    package static let secondNs: UInt64 = 1_000_000_000
    package static let minuteNs: UInt64 = 60 * secondNs
    package static let hourNs: UInt64 = 60 * minuteNs

    /// `nowNs` in ticks; less than 2^94.
    func ticks(_ nowNs: UInt64) -> UInt128 {
        let product = nowNs.multipliedFullWidth(by: ticksPerNs)
        return UInt128(product.high) << 64 | UInt128(product.low)
    }

    /// The time that many ticks take, in nanoseconds, rounded up.
    func nanoseconds(_ ticks: UInt128) -> UInt64 {
        UInt64(clamping: (ticks + UInt128(ticksPerNs) - 1) / UInt128(ticksPerNs))
    }

    private static func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }
}
