import MCP
import Policy
import RateLimit

/// The second step of a call: the limits that apply to it.
enum CallLimit {
    /// Takes the call from every limit that applies, or from none: then the error that names the tightest.
    static func refusal(of caller: Caller, _ tool: ResolvedTool, at moment: LimitMoment) -> RPCError? {
        let limits = caller.state.limits
        guard
            let refusal = limits.take(
                caller.principal,
                tool: tool.index,
                target: caller.state.snapshot.tools[tool.index].target,
                at: moment
            )
        else { return nil }
        return .limited(refusal.standing, limit: limits.scopeName(refusal.position))
    }
}
