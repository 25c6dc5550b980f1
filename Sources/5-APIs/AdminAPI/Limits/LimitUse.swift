import Model
package import RateLimit
import Store

/// What a running server counts for limits. Any thread.
package protocol LimitUse: Sendable {
    /// How each limit stands now, by its id.
    func standings() -> [Int64: [LimitStanding]]
}

/// A limit, and how much of it is used.
package struct LimitInUse: Sendable {
    /// Who counted.
    package enum Source: String, Sendable, CaseIterable {
        /// The server that answers, up to this moment.
        case server
        /// A server that ran before, or runs and can't be asked: as it was last written, and quotas and budgets alone.
        case store
    }

    let limit: LimitRecord
    let standings: [LimitStanding]
    let source: Source
    /// What the store has of its quotas and budgets, in all periods.
    let stored: [QuotaUsage]
    /// Milliseconds since 1970.
    let nowMs: Int64

    /// When a quota or budget will be used up, if things go on so; nil of a rate, and when it lasts until its end.
    func usedUpAtMs(_ standing: LimitStanding) -> Int64? {
        guard let kind = standing.metric.quota else { return nil }
        var counts: [UInt32: Int64] = [:]
        for row in stored {
            guard let (of, number) = QuotaKind.parse(row.period), of == kind else { continue }
            counts[number] = row.count
        }
        // Who answers knows more of the present period than the store.
        counts[kind.period.number(atMs: nowMs)] = Int64(standing.used)
        return QuotaForecast.usedUpAtMs(kind, limit: Int64(standing.limit), counts: counts, nowMs: nowMs)
    }
}

extension LimitStanding.Metric {
    /// nil for a rate.
    fileprivate var quota: QuotaKind? {
        switch self {
        case .second, .minute, .hour: nil
        case .day: .dayCalls
        case .month: .monthCalls
        case .dayBudget: .dayCost
        case .monthBudget: .monthCost
        }
    }
}

extension ReadTransaction {
    /// How limits stand by what the store has of their quotas.
    borrowing func standings(
        of limits: [LimitRecord],
        _ rows: [Int64: [QuotaUsage]],
        nowMs: Int64
    ) -> [Int64: [LimitStanding]] {
        let moment = LimitMoment(nowNs: 0, wallMs: nowMs)
        var standings: [Int64: [LimitStanding]] = [:]
        for limit in limits {
            // The server's own arithmetic, on what it would begin with.
            let cells = LimitCells(
                LimitCells.Figures(
                    dayQuota: limit.dayQuota,
                    monthQuota: limit.monthQuota,
                    dayBudget: limit.dayBudget,
                    monthBudget: limit.monthBudget
                )
            )
            for row in rows[limit.id] ?? [] {
                guard let (kind, period) = QuotaKind.parse(row.period) else { continue }
                cells.quota(kind).restore(count: UInt64(max(0, row.count)), period: period)
            }
            standings[limit.id] = cells.standing(at: moment)
        }
        return standings
    }
}
