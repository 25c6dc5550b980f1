/// The state of the export of traces, at one time.
package struct TraceFigures: Sendable {
    /// Spans that wait to be exported, and the most that may wait.
    package var queued = 0
    package var queuedMax = 0
    /// Spans that the collector accepted, since the process started.
    package var exported: UInt64 = 0
    /// Spans that were dropped, since the process started, by reason; each reason once, from a fixed set.
    package var dropped: [(reason: String, count: UInt64)] = []
    /// Requests that the collector didn't accept, since the process started.
    package var failedExports: UInt64 = 0
    /// When the collector last accepted spans, in milliseconds since 1970; nil before the first time.
    package var lastExportMs: Int64?

    package init() {}

    func write(to writer: inout MetricsWriter) {
        writer.gauge("mcp_gateway_trace_spans_queued", "Spans that wait to be exported.", queued)
        writer.gauge(
            "mcp_gateway_trace_spans_queued_max",
            "The bound of mcp_gateway_trace_spans_queued.",
            queuedMax
        )
        writer.counter(
            "mcp_gateway_trace_spans_exported_total",
            "Spans that the collector took.",
            exported
        )
        writer.family(
            "mcp_gateway_trace_spans_dropped_total",
            .counter,
            "Spans that were not exported, by reason."
        )
        for (reason, count) in dropped { writer.sample([("reason", reason)], count) }
        writer.counter(
            "mcp_gateway_trace_export_failures_total",
            "Requests to the collector that it didn't take.",
            failedExports
        )
        guard let lastExportMs else { return }
        writer.family(
            "mcp_gateway_trace_last_export_timestamp_seconds",
            .gauge,
            "When the collector last took spans, in seconds since 1970."
        )
        writer.sample([], Double(lastExportMs) / 1_000)
    }
}
