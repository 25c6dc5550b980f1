/// The time of a call by both clocks: rates follow the monotonic one, quotas the calendar.
package struct LimitMoment: Sendable, Equatable {
    /// Nanoseconds of a monotonic clock, the same for all loops.
    package private(set) var nowNs: UInt64
    /// Milliseconds since 1970; earlier times count as 1970.
    package private(set) var wallMs: Int64
    /// The numbers of the periods in which `wallMs` lies.
    private(set) var day: UInt32
    private(set) var month: UInt32

    package init(nowNs: UInt64, wallMs: Int64) {
        self.nowNs = nowNs
        self.wallMs = max(0, wallMs)
        day = QuotaPeriod.day.number(atMs: self.wallMs)
        month = QuotaPeriod.month.number(atMs: self.wallMs)
    }

    /// Moves to another time; the calendar is computed again only when the day is another.
    package mutating func move(to nowNs: UInt64, wallMs: Int64) {
        let wallMs = max(0, wallMs)
        if QuotaPeriod.day.number(atMs: wallMs) == day {
            self.nowNs = nowNs
            self.wallMs = wallMs
        } else {
            self = LimitMoment(nowNs: nowNs, wallMs: wallMs)
        }
    }

    /// The number of the day or month.
    func number(of period: QuotaPeriod) -> UInt32 {
        switch period {
        case .day: day
        case .month: month
        }
    }
}
