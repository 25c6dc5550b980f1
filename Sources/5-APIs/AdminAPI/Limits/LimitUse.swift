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
    /// Milliseconds since 1970.
    let nowMs: Int64
}

extension ReadTransaction {
    /// How limits stand by what the store has of their quotas.
    borrowing func standings(of limits: [LimitRecord], nowMs: Int64) throws(StoreError) -> [Int64:
        [LimitStanding]]
    {
        let rows = Dictionary(grouping: try quotaUsage()) { $0.limitID }
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
