import MCP
import Policy
import RateLimit

/// The second step of a call: the limits that apply to it.
enum CallLimit {
    /// Takes the call from every limit that applies, or from none: then the error that names the tightest.
    /// - Parameter told: what the limit that refuses counts, and its scope's word.
    static func refusal(
        of caller: Caller,
        _ tool: ResolvedTool,
        at moment: LimitMoment,
        told: (LimitStanding.Metric, String) -> Void = { _, _ in }
    ) -> RPCError? {
        let limits = caller.state.limits
        guard
            let refusal = limits.take(
                caller.principal,
                tool: tool.index,
                target: caller.state.snapshot.tools[tool.index].target,
                at: moment
            )
        else { return nil }
        let scope = limits.scopeName(refusal.position)
        told(refusal.standing.metric, scope)
        return .limited(refusal.standing, limit: scope)
    }
}
