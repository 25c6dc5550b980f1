extension GatewayMetrics {
    /// Writes the families by executed version; a target and a version that were never called have no sample.
    static func write(_ targets: [TargetMetrics], to writer: inout MetricsWriter) {
        let all = targets.flatMap { target in target.versions.figures.map { (target.target, $0) } }
        func counter(_ name: String, _ help: String, _ value: (VersionFigures) -> UInt64) {
            writer.family(name, .counter, help)
            for (target, figures) in all {
                writer.sample([("target", target), ("version", figures.version)], value(figures))
            }
        }
        func seconds(_ name: String, _ help: String, _ value: (VersionFigures) -> Double) {
            writer.family(name, .counter, help)
            for (target, figures) in all {
                writer.sample([("target", target), ("version", figures.version)], value(figures))
            }
        }
        counter(
            "mcp_gateway_function_calls_total",
            "Tool calls that a function answered, by target and executed version.",
            { $0.calls }
        )
        counter(
            "mcp_gateway_function_reports_total",
            "Calls whose log was asked for and read, by target and executed version; see log_tail.",
            { $0.reports }
        )
        counter(
            "mcp_gateway_function_cold_starts_total",
            "Of the reports, calls for which the function had to be started.",
            { $0.coldStarts }
        )
        seconds(
            "mcp_gateway_function_init_seconds_total",
            "How long these starts took together.",
            { Double($0.initUs) / 1e6 }
        )
        seconds(
            "mcp_gateway_function_billed_seconds_total",
            "What Lambda bills for the reported calls, in seconds.",
            { Double($0.billedMs) / 1e3 }
        )
        writer.family(
            "mcp_gateway_function_memory_used_bytes",
            .gauge,
            "The most memory that a reported call used, by target and executed version."
        )
        for (target, figures) in all where figures.reports > 0 {
            writer.sample(
                [("target", target), ("version", figures.version)],
                figures.memoryUsedMB << 20
            )
        }
    }
}
