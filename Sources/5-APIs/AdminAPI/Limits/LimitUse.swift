import Model
package import RateLimit
import Store

/// A running server's counts for limits. Any thread.
package protocol LimitUse: Sendable {
    /// [limit's id] → its standings now.
    func standings() -> [Int64: [LimitStanding]]
}

/// A limit, and how much of it is used.
package struct LimitInUse: Sendable {
    /// The origin of the counts.
    package enum Source: String, Sendable, CaseIterable {
        /// The server that answers; up to date.
        case server
        /// The store, as a server last wrote it that no longer runs or can't be asked; only quotas and budgets.
        case store
    }

    let limit: LimitRecord
    let standings: [LimitStanding]
    let source: Source
    /// The store's counts of its quotas and budgets, in all periods.
    let stored: [QuotaUsage]
    /// Milliseconds since 1970.
    let nowMs: Int64

    /// When a quota or budget will be used up at the present pace; nil for a rate, and for one that lasts until its
    /// period ends.
    func usedUpAtMs(_ standing: LimitStanding) -> Int64? {
        guard let kind = standing.metric.quota else { return nil }
        var counts: [UInt32: Int64] = [:]
        for row in stored {
            guard let (of, number) = QuotaKind.parse(row.period), of == kind else { continue }
            counts[number] = row.count
        }
        // For the present period, the answering server's count is newer than the store's.
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
    /// The standings of limits by the store's counts of their quotas.
    borrowing func standings(
        of limits: [LimitRecord],
        _ rows: [Int64: [QuotaUsage]],
        nowMs: Int64
    ) -> [Int64: [LimitStanding]] {
        let moment = LimitMoment(nowNs: 0, wallMs: nowMs)
        var standings: [Int64: [LimitStanding]] = [:]
        for limit in limits {
            // Uses the server's own arithmetic on the counts that it would start with.
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
