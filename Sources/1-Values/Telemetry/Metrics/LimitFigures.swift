/// How far limits are used up at one time: how many there are, and how many are nearly or fully used.
package struct LimitFigures: Sendable, Equatable {
    /// A fixed word for what they count.
    package let metric: String
    package var limits = 0
    /// How many of these are used to 80 % or more, full ones included.
    package var near = 0
    /// How many of these have nothing left.
    package var full = 0

    package init(metric: String) { self.metric = metric }

    /// Adds a limit.
    package mutating func add(most: Int, remaining: Int) {
        limits += 1
        if remaining <= 0 { full += 1 }
        if remaining <= most / 5 { near += 1 }
    }

    static func write(_ all: [LimitFigures], to writer: inout MetricsWriter) {
        writer.family("mcp_gateway_limits", .gauge, "Quotas and budgets, by what they count.")
        for figures in all { writer.sample([("metric", figures.metric)], figures.limits) }
        writer.family(
            "mcp_gateway_limits_above",
            .gauge,
            "Of these, those of which that share is used in the present period."
        )
        for figures in all {
            writer.sample([("metric", figures.metric), ("share", "0.8")], figures.near)
            writer.sample([("metric", figures.metric), ("share", "1")], figures.full)
        }
    }
}
