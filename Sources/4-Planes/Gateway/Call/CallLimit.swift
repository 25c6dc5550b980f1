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
    static func refusal(of caller: Caller, _ tool: ResolvedTool, at moment: LimitMoment) -> Refusal? {
        let limits = caller.state.limits
        guard
            let refusal = limits.take(
                caller.principal,
                tool: tool.index,
                target: caller.state.snapshot.tools[tool.index].target,
                at: moment
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
        }
    }
}
