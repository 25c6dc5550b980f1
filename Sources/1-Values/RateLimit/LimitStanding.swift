/// How one rate or quota stands at one moment.
package struct LimitStanding: Sendable, Equatable {
    /// What is counted: calls per second, minute or hour (as the limit says it), per day or per month, or what they cost.
    package enum Metric: String, Sendable, CaseIterable {
        case second = "calls per second"
        case minute = "calls per minute"
        case hour = "calls per hour"
        case day = "calls per day"
        case month = "calls per month"
        case dayBudget = "budget-day"
        case monthBudget = "budget-month"

        /// Whether amounts are billionths of a US dollar.
        package var isBudget: Bool { self == .dayBudget || self == .monthBudget }
    }

    package let metric: Metric
    /// Calls in the metric's period; of a budget, billionths of a US dollar, as `used` and `remaining` are.
    package let limit: Int
    /// Of a rate: calls that can be made at once after a rest.
    package let burst: Int?
    /// Of the burst, or of the quota; more than that when the limit was lowered.
    package let used: Int
    /// Calls that could be made at once.
    package let remaining: Int
    /// Until one more call can be made; 0 when it can be now.
    package let retryAfterNs: UInt64
    /// Until the limit is unused: the burst is there again, or the quota's next period begins.
    package let resetAfterNs: UInt64

    init(_ rate: RateStanding) {
        metric =
            switch rate.parameters.periodNs {
            case ...RateParameters.secondNs: .second
            case ...RateParameters.minuteNs: .minute
            default: .hour
            }
        limit = rate.parameters.permits
        burst = rate.parameters.burst
        used = Swift.max(0, rate.parameters.burst - rate.remaining)
        remaining = rate.remaining
        retryAfterNs = rate.retryAfterNs
        resetAfterNs = rate.resetAfterNs
    }

    init(_ kind: QuotaKind, max: UInt64, _ cell: QuotaCell, _ moment: LimitMoment) {
        let period = kind.period
        let counted = moment.number(of: period)
        let count = cell.count(period: counted)
        metric =
            switch kind {
            case .dayCalls: .day
            case .monthCalls: .month
            case .dayCost: .dayBudget
            case .monthCost: .monthBudget
            }
        limit = Int(clamping: max)
        burst = nil
        used = Int(clamping: count)
        remaining = count < max ? Int(clamping: max - count) : 0
        // At least one: past the last period that can be named, the end is behind.
        let waitMs = Swift.max(1, period.endMs(of: counted) - moment.wallMs)
        resetAfterNs = UInt64(waitMs) * 1_000_000
        retryAfterNs = count < max ? 0 : resetAfterNs
    }
}

/// Why a call may not go now: the limit among those refusing that makes the caller wait longest.
package struct LimitRefusal: Sendable, Equatable {
    /// Which limit, as a position in the array that was taken from.
    package let position: Int
    package let standing: LimitStanding

    /// The wait in milliseconds, rounded up.
    package var retryAfterMs: UInt64 {
        standing.retryAfterNs / 1_000_000 + (standing.retryAfterNs % 1_000_000 == 0 ? 0 : 1)
    }
}
