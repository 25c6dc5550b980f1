/// When a call is made, by both clocks: rates follow the monotonic one, quotas the calendar.
package struct LimitMoment: Sendable, Equatable {
    /// Of a monotonic clock, the same for all loops.
    package let nowNs: UInt64
    /// Milliseconds since 1970; times before count as 1970.
    package let wallMs: Int64

    package init(nowNs: UInt64, wallMs: Int64) {
        self.nowNs = nowNs
        self.wallMs = max(0, wallMs)
    }
}
