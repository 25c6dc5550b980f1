import Telemetry

/// The order in which sums are shown.
struct UsageOrder {
    struct Row {
        let key: UsageGroups.Key
        let sum: UsageSum
        /// The figure that is sorted by, computed once.
        var measure = -Double.infinity
    }

    private let by: [UsageDimension]
    private let sort: UsageSort?

    init(_ query: UsageQuery) {
        by = query.by
        sort = query.sort
    }

    func sorted(_ rows: [Row]) -> [Row] {
        guard let sort else { return rows.sorted { isBefore($0, $1, lastByCalls: true) } }
        var rows = rows
        for index in rows.indices { rows[index].measure = Self.measure(rows[index].sum, sort) }
        return rows.sorted { one, other in
            one.measure == other.measure
                ? isBefore(one, other, lastByCalls: false) : one.measure > other.measure
        }
    }

    private static func measure(_ sum: UsageSum, _ sort: UsageSort) -> Double {
        switch sort {
        case .calls: Double(sum.figures.calls)
        case .errors: Double(sum.figures.errors)
        case .cost: Double(sum.figures.costNanoUSD)
        case .p95: sum.figures.durationUs(quantile: 0.95).map { Double($0) } ?? -.infinity
        // What can't be compared comes last.
        case .trend:
            UsageTrend(
                from: sum.before?.durationUs(quantile: 0.95),
                to: sum.figures.durationUs(quantile: 0.95)
            )
            .map { $0.ratio } ?? -.infinity
        }
    }

    private func isBefore(_ one: Row, _ other: Row, lastByCalls: Bool) -> Bool {
        for (index, dimension) in by.enumerated() {
            if lastByCalls, index == by.count - 1, !dimension.isTime {
                let (left, right) = (one.sum.figures, other.sum.figures)
                if left.calls != right.calls { return left.calls > right.calls }
                if left.limited != right.limited { return left.limited > right.limited }
            }
            if !dimension.isTime, one.sum.names[index] != other.sum.names[index] {
                return one.sum.names[index] < other.sum.names[index]
            }
            if one.key[dimension] != other.key[dimension] { return one.key[dimension] < other.key[dimension] }
        }
        return false
    }
}

/// How a figure has changed since the time before.
package struct UsageTrend: Sendable, Equatable {
    /// 1 when it hasn't changed.
    package let ratio: Double

    /// nil when one of the two isn't known, or there is nothing to compare with.
    package init?(from before: Int?, to now: Int?) {
        guard let before, let now, before > 0, now >= 0 else { return nil }
        ratio = Double(now) / Double(before)
    }

    /// By how much more, rounded: 12 for 12 % more, -100 when there is nothing left; at most a million.
    package var percent: Int { Int(min((ratio - 1) * 100, 1_000_000).rounded()) }
}
