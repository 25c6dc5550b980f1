/// The time until a change in the store is in force, step by step. Any thread.
package struct SnapshotMetrics: Sendable {
    /// Reading the store's rows.
    package let read = PublishingHistogram(.publishing)
    /// Building indexes and compiling the rules.
    package let compile = PublishingHistogram(.publishing)
    /// Deriving the data that calls are served from: prepared tools, counters of limits.
    package let derive = PublishingHistogram(.publishing)
    /// The time until the last loop serves from it.
    package let swap = PublishingHistogram(.publishing)

    init() {}

    func write(to writer: inout MetricsWriter) {
        writer.family(
            "mcp_gateway_snapshot_publish_seconds",
            .histogram,
            "From seeing a change in the store to serving from it on every loop, by step; the sum of the steps is the whole."
        )
        for (step, histogram) in [("read", read), ("compile", compile), ("derive", derive), ("swap", swap)] {
            writer.sample([("step", step)], histogram.read())
        }
    }
}
