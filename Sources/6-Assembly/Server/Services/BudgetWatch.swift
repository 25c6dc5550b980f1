import EventLoop
import Gateway
import Locks
import Model
import Policy
import RateLimit
import Synchronization

/// Logs when a budget is nearly spent and when it is used up: each share once per period. Any thread.
final class BudgetWatch: Sendable {
    private struct Budget: Hashable {
        let limitID: Int64
        let metric: LimitStanding.Metric
    }

    private struct Told {
        let period: UInt32
        /// Billionths of a US dollar. A budget with another limit is logged anew.
        let limit: Int
        let percent: Int
    }

    /// The shares of a budget that are logged, in percent, the smallest first.
    static let percents = [80, 95, 100]

    private let told = Locked<[Budget: Told]>([:])

    /// Marks the shares reached at the start as logged: the process before has logged them.
    func begin(_ state: GatewayState, nowMs: Int64) { _ = news(of: state, nowMs: nowMs) }

    /// Logs the shares reached since the last call. Costs nothing where there is no budget.
    func look(at state: GatewayState, nowMs: Int64, log: GatewayLog) {
        for (entry, standing, percent) in news(of: state, nowMs: nowMs) {
            let resetsAtMs = nowMs + Int64(clamping: standing.resetAfterNs / 1_000_000)
            let isSpent = percent >= 100
            log.write(
                .warning,
                isSpent ? "a budget is used up, calls are refused" : "a budget is nearly used up",
                [
                    ("limit", entry.scope.words(in: state.snapshot)),
                    ("period", standing.metric == .dayBudget ? "day" : "month"),
                    ("spent_usd", DollarText.spell(Int64(standing.used))),
                    ("budget_usd", DollarText.spell(Int64(standing.limit))), ("share", "\(percent) %"),
                    ("renews_in_s", "\(max(0, resetsAtMs - nowMs) / 1_000)"),
                ]
            )
        }
    }

    private func news(
        of state: GatewayState,
        nowMs: Int64
    ) -> [(entry: LimitEntry, standing: LimitStanding, percent: Int)] {
        guard state.limits.hasBudgets else { return [] }
        let moment = LimitMoment(nowNs: EventLoop.currentNs, wallMs: nowMs)
        let all = state.limits.standings(at: moment) { $0.dayBudget != nil || $0.monthBudget != nil }
        return told.withLock { told in
            // Only the budgets of limits that still exist are kept.
            var next: [Budget: Told] = [:]
            var news: [(entry: LimitEntry, standing: LimitStanding, percent: Int)] = []
            for (entry, standings) in all {
                for standing in standings where standing.metric.isBudget && standing.limit > 0 {
                    let budget = Budget(limitID: entry.id, metric: standing.metric)
                    let kind = standing.metric == .dayBudget ? QuotaPeriod.day : .month
                    let period = kind.number(atMs: nowMs)
                    // Both are below 2^48, so the products fit.
                    let reached = Self.percents.last { 100 * standing.used >= $0 * standing.limit } ?? 0
                    let percent = standing.remaining == 0 ? 100 : min(reached, 95)
                    let before = told[budget].flatMap { told in
                        told.period == period && told.limit == standing.limit ? told.percent : nil
                    }
                    if percent > before ?? 0 { news.append((entry, standing, percent)) }
                    next[budget] = Told(
                        period: period,
                        limit: standing.limit,
                        percent: max(percent, before ?? 0)
                    )
                }
            }
            told = next
            return news
        }
    }
}

extension LimitEntry.Scope {
    /// The limit's scope as the command line writes it, such as `tenant acme`.
    fileprivate func words(in snapshot: Snapshot) -> String {
        let object =
            switch self {
            case .tenant(let tenant): snapshot.tenants[tenant].name
            case .key(let key): snapshot.keys[key].prefix
            case .target(let target): snapshot.targets[target].name
            case .tenantTarget(let tenant, let target):
                "\(snapshot.tenants[tenant].name)/\(snapshot.targets[target].name)"
            case .tenantTool(let tenant, let tool): "\(snapshot.tenants[tenant].name)/\(tool)"
            }
        return "\(name) \(object)"
    }
}
