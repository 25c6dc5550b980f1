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
    }

    /// Takes the call from every limit that applies, or from none: then why.
    /// - Parameter hold: what was taken from budgets.
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
        return Refusal(
            error: .limited(refusal.standing, limit: limits.scopeName(refusal.position)),
            code: refusal.standing.metric.code
        )
    }
}

extension LimitStanding.Metric {
    /// The machine-readable word for a call that it refuses.
    var code: String {
        switch self {
        case .second, .minute, .hour: "rate_limited"
        case .day, .month: "quota_exceeded"
        case .dayBudget, .monthBudget: "budget_exceeded"
        }
    }
}
