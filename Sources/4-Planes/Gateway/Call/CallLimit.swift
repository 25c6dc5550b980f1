import MCP
import Policy
import RateLimit

/// The second step of a call: the limits that apply to it.
enum CallLimit {
    struct Refusal {
        /// Names the tightest limit.
        let error: RPCError
        /// For the call's record.
        let code: String
        /// What the limit counts, and the word for its scope.
        let metric: LimitStanding.Metric
        let scope: String
    }

    /// Takes the call from every limit that applies, or from none.
    /// - Parameter hold: receives what was taken from budgets.
    /// - Returns: the refusal when a limit is used up; else nil.
    static func refusal(
        of caller: Caller,
        _ resolved: ResolvedTool,
        _ tool: CallableTool,
        at moment: LimitMoment,
        _ hold: inout BudgetHold
    ) -> Refusal? {
        let limits = caller.state.limits
        guard
            let refusal = limits.take(
                caller.principal,
                tool: resolved.index,
                target: caller.state.snapshot.tools[resolved.index].target,
                at: moment,
                estimate: tool.costEstimate,
                hold: &hold
            )
        else { return nil }
        let scope = limits.scopeName(refusal.position)
        return Refusal(
            error: .limited(refusal.standing, limit: scope),
            code: refusal.standing.metric.code,
            metric: refusal.standing.metric,
            scope: scope
        )
    }
}

extension LimitStanding.Metric {
    /// The machine-readable code of a call that a limit of this metric refuses.
    var code: String {
        switch self {
        case .second, .minute, .hour: "rate_limited"
        case .day, .month: "quota_exceeded"
        case .dayBudget, .monthBudget: "budget_exceeded"
        }
    }
}
