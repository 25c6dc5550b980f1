/// What is used and left of one rate or quota at one time.
package struct LimitStanding: Sendable, Equatable {
    /// What is counted: calls per second, minute or hour (as the limit was given), per day or per month, or their cost.
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
    /// Calls in the metric's period; for a budget billionths of a US dollar, as in `used` and `remaining`.
    package let limit: Int
    /// For a rate: how many calls can be made at once after a rest.
    package let burst: Int?
    /// How much of the burst or of the quota is used; more than all of it when the limit was lowered.
    package let used: Int
    /// How many calls could be made at once.
    package let remaining: Int
    /// The time until one more call can be made; 0 when one can be made now.
    package let retryAfterNs: UInt64
    /// The time until the limit is unused: the burst is full again, or the quota's next period begins.
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
        // At least 1 ms: after the last period that has a number, its end is in the past.
        let waitMs = Swift.max(1, period.endMs(of: counted) - moment.wallMs)
        resetAfterNs = UInt64(waitMs) * 1_000_000
        retryAfterNs = count < max ? 0 : resetAfterNs
    }
}

/// Why a call isn't allowed now: of the limits that refuse it, the one that makes the caller wait longest.
package struct LimitRefusal: Sendable, Equatable {
    /// The limit's position in the array that was taken from.
    package let position: Int
    package let standing: LimitStanding

    /// The wait in milliseconds, rounded up.
    package var retryAfterMs: UInt64 {
        standing.retryAfterNs / 1_000_000 + (standing.retryAfterNs % 1_000_000 == 0 ? 0 : 1)
    }
}
