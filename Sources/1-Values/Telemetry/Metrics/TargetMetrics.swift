import Synchronization

/// One target's figures, shared by its tools. Any thread.
package final class TargetMetrics: Sendable {
    package let target: String
    package let inFlight = Gauge()
    package let upstream = UpstreamHistogram(.upstream)
    /// Its recent calls.
    package let calls = TargetCalls()
    /// The versions of its functions that run.
    package let versions = TargetVersions()
    private let attempts = Counter()
    private let retries = Counter()
    private let bytesIn = Counter()
    private let bytesOut = Counter()
    private let costNanoUSD = Counter()
    private let costless = Counter()

    init(target: String) { self.target = target }

    /// Adds the facts of a call that has ended. A few relaxed atomic adds.
    func ended(_ record: borrowing CallRecord) {
        let attempts = UInt64(record.attempts)
        if attempts > 0 {
            self.attempts.add(attempts)
            if attempts > 1 { retries.add(attempts - 1) }
        }
        bytesIn.add(UInt64(record.bytesIn))
        bytesOut.add(UInt64(record.bytesOut))
        if record.costNanoUSD > 0 { costNanoUSD.add(UInt64(record.costNanoUSD)) }
        if record.flags.contains(.hasNoCost) { costless.add() }
    }

    /// Writes the families of all targets.
    static func write(_ targets: [TargetMetrics], to writer: inout MetricsWriter) {
        func counter(_ name: String, _ help: String, _ value: (TargetMetrics) -> Counter) {
            writer.family(name, .counter, help)
            for target in targets { writer.sample([("target", target.target)], value(target).value) }
        }
        counter(
            "mcp_gateway_call_attempts_total",
            "Requests to a target's functions for tool calls.",
            { $0.attempts }
        )
        counter(
            "mcp_gateway_call_retries_total",
            "Of these, those that repeated one that had failed.",
            { $0.retries }
        )
        counter(
            "mcp_gateway_call_request_bytes_total",
            "Bodies of agents' requests that were tool calls, in bytes, by target.",
            { $0.bytesIn }
        )
        counter(
            "mcp_gateway_call_response_bytes_total",
            "Bodies of their answers, in bytes, by target.",
            { $0.bytesOut }
        )
        writer.family(
            "mcp_gateway_call_cost_usd_total",
            .counter,
            "What tool calls cost at Lambda by the price table, in US dollars, by target."
        )
        for target in targets {
            writer.sample([("target", target.target)], Double(target.costNanoUSD.value) / 1e9)
        }
        counter(
            "mcp_gateway_call_cost_unknown_total",
            "Tool calls whose cost isn't known, as the price table has none for them.",
            { $0.costless }
        )
    }
}
