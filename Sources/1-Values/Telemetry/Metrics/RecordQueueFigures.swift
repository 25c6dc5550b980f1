/// The state of the writing of call records, at one time.
package struct RecordQueueFigures: Sendable {
    /// Records that wait to be written, and the most that may wait.
    package var queued = 0
    package var queuedMax = 0
    /// Records written since the process started.
    package var written: UInt64 = 0
    /// Records dropped since the process started, by reason; each reason once, from a fixed set.
    package var dropped: [(reason: String, count: UInt64)] = []
    /// The number of record files, and their total size in bytes.
    package var files = 0
    package var bytes = 0
    /// Whether the last write failed.
    package var isFailing = false
    /// When records were last written, in milliseconds since 1970; nil before the first write.
    package var lastWriteMs: Int64?

    package init() {}

    func write(to writer: inout MetricsWriter) {
        writer.gauge("mcp_gateway_records_queued", "Call records that wait to be written.", queued)
        writer.gauge("mcp_gateway_records_queued_max", "The bound of mcp_gateway_records_queued.", queuedMax)
        writer.counter("mcp_gateway_records_written_total", "Call records that were written.", written)
        writer.family(
            "mcp_gateway_records_dropped_total",
            .counter,
            "Call records that were not written, by reason."
        )
        for (reason, count) in dropped { writer.sample([("reason", reason)], count) }
        writer.gauge("mcp_gateway_records_files", "Files of call records.", files)
        writer.gauge("mcp_gateway_records_bytes", "What the files of call records take together.", bytes)
        writer.gauge(
            "mcp_gateway_records_failing",
            "1 while call records can't be written, else 0.",
            isFailing ? 1 : 0
        )
        guard let lastWriteMs else { return }
        writer.family(
            "mcp_gateway_records_last_write_timestamp_seconds",
            .gauge,
            "When call records were last written, in seconds since 1970."
        )
        writer.sample([], Double(lastWriteMs) / 1_000)
    }
}
