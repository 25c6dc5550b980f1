/// The executions of one tool in a span of time. Calls that limits or checks refused aren't executions.
package struct ToolUse: Sendable {
    package let target: String
    /// The target's own name for the tool.
    package let tool: String
    package var successes: UInt64
    package var failures: UInt64
    /// The durations of all executions, from the request to its answer.
    package var durations: QuantileSketch

    package init(
        target: String,
        tool: String,
        successes: UInt64,
        failures: UInt64,
        durations: QuantileSketch
    ) {
        self.target = target
        self.tool = tool
        self.successes = successes
        self.failures = failures
        self.durations = durations
    }

    package var executions: UInt64 { successes &+ failures }

    /// Adds another tool's executions, under this one's name.
    package mutating func add(_ other: ToolUse) {
        successes &+= other.successes
        failures &+= other.failures
        durations.merge(other.durations)
    }
}

/// What one reader has seen of the tools' figures. Each reader has its own, and uses it alone.
package struct ToolUseReader: Sendable {
    private struct Seen {
        var outcomes = InlineArray<11, UInt64>(repeating: 0)
        var durations: [UInt32] = []
    }

    private var seen: [ObjectIdentifier: Seen] = [:]

    package init() {}

    /// The executions since the last call of this function, only of tools that had any. Durations are included when the
    /// metrics were made with sketches.
    package mutating func takeNews(of metrics: GatewayMetrics) -> [ToolUse] {
        metrics.all.tools.compactMap { call in
            var before = seen[ObjectIdentifier(call)] ?? Seen()
            var (successes, failures): (UInt64, UInt64) = (0, 0)
            for outcome in CallOutcome.allCases where outcome.isCall {
                let now = call.count(outcome)
                let more = now &- before.outcomes[outcome.rawValue]
                before.outcomes[outcome.rawValue] = now
                if outcome == .ok { successes += more } else { failures += more }
            }
            guard successes + failures > 0 else { return nil }
            let durations = call.sketch?.takeNews(since: &before.durations) ?? QuantileSketch()
            seen[ObjectIdentifier(call)] = before
            return ToolUse(
                target: call.target.target,
                tool: call.tool,
                successes: successes,
                failures: failures,
                durations: durations
            )
        }
    }
}
