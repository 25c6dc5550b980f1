package import Bytes
import Synchronization

/// All figures of one process: hands out handles for recording and writes everything for `/metrics`.
///
/// Bounded: at most `targetsMax` targets and `toolsMax` tools have figures of their own for the life of the
/// process; later ones are counted as `other`, so a catalog that keeps changing can't grow memory or the
/// scrape.
package final class GatewayMetrics: Sendable {
    /// HTTP requests by what was asked (a JSON-RPC method or a path, from a fixed set) and status.
    package let requests = CounterFamily(
        "mcp_gateway_requests_total",
        "HTTP requests answered, by what was asked and the status.",
        labels: ["kind", "status"]
    )
    /// Credentials refused, by reason.
    package let authenticationFailures = CounterFamily(
        "mcp_gateway_authentication_failures_total",
        "Requests refused for their credential, by reason.",
        labels: ["reason"],
        seriesMax: 40
    )
    /// Catalog refreshes by target and result (`ok`, `failed`).
    package let refreshes = CounterFamily(
        "mcp_gateway_refreshes_total",
        "Catalog refreshes, by target and result.",
        labels: ["target", "result"],
        seriesMax: 1000
    )
    /// Open connections of the agents listener.
    package let connections = Gauge()
    /// Open streams of agents.
    package let streams = Gauge()
    /// `tools/list_changed` notifications sent over them.
    package let streamNotifications = Counter()
    /// Calls that usage counts as their tenants' alone, as there were more keys and tools than it tells apart.
    package let usageMerged = Counter()
    /// Publications of the store's changes.
    package let snapshots = SnapshotMetrics()

    private let own = Histogram(.own)
    private let targetsMax: Int
    private let toolsMax: Int
    private let tables = Mutex(Tables())

    private struct Name: Hashable {
        let target: String
        let tool: String
    }

    private struct Tables {
        var targets: [String: TargetMetrics] = [:]
        var tools: [Name: CallMetrics] = [:]
    }

    package init(targetsMax: Int = 500, toolsMax: Int = 2000) {
        self.targetsMax = targetsMax
        self.toolsMax = toolsMax
    }

    /// The handle of one tool, the same for the same names. Takes a lock: once per tool and snapshot, never
    /// per call.
    package func call(target: String, tool: String) -> CallMetrics {
        tables.withLock { tables in
            if let known = tables.tools[Name(target: target, tool: tool)] { return known }
            let shared = self.target(target, in: &tables)
            let hasRoom = tables.tools.count < toolsMax && shared.target == target
            let name = Name(target: shared.target, tool: hasRoom ? tool : "other")
            if let known = tables.tools[name] { return known }
            let metrics = CallMetrics(tool: name.tool, target: shared, own: own)
            tables.tools[name] = metrics
            return metrics
        }
    }

    private func target(_ name: String, in tables: inout Tables) -> TargetMetrics {
        if let known = tables.targets[name] { return known }
        let kept = tables.targets.count < targetsMax ? name : "other"
        if let known = tables.targets[kept] { return known }
        let metrics = TargetMetrics(target: kept)
        tables.targets[kept] = metrics
        return metrics
    }

    /// Calls that have ended, with any outcome. Takes a lock, once.
    package var callsEnded: UInt64 {
        let tools = tables.withLock { Array($0.tools.values) }
        return tools.reduce(0) { sum, call in
            CallOutcome.allCases.reduce(sum) { $0 + call.count($1) }
        }
    }

    /// How calls of each target went lately, by the targets' names; those later than `targetsMax` have none.
    /// - Parameter nowMs: of the clock that `advanceCalls` has.
    package func callFigures(nowMs: Int64) -> [String: CallFigures] {
        let targets = tables.withLock { $0.targets }
        return targets.filter { $0.key == $0.value.target }.mapValues { target in
            var figures = target.calls.figures(nowMs: nowMs)
            figures.versions = target.versions.figures
            return figures
        }
    }

    /// Moves the windows of `callFigures` on; to be called about once a second. Those of other targets than `live`
    /// are forgotten.
    /// - Parameter nowMs: of a clock that doesn't go back.
    package func advanceCalls(toMs nowMs: Int64, live: Set<String>) {
        for (name, target) in tables.withLock({ $0.targets }) {
            if live.contains(name) {
                target.calls.advance(toMs: nowMs)
            } else {
                target.calls.forget()
            }
        }
    }

    /// Everything as Prometheus text. `certificateEndsAt` is in seconds since 1970. `process`, `buffers` and `catalog` are the caller's readings of this moment.
    package func render(
        version: String,
        process: ProcessFigures,
        buffers: BufferFigures = BufferFigures(),
        signing: SigningFigures? = nil,
        catalog: [CatalogFigures],
        certificateEndsAt: Int64? = nil
    ) -> ByteBuffer {
        var writer = MetricsWriter(ByteBuffer(capacity: 16 * 1024))
        writer.family("mcp_gateway_build_info", .gauge, "Always 1; the label holds the version.")
        writer.sample([("version", version)], 1)
        writeCalls(to: &writer)
        requests.write(to: &writer)
        authenticationFailures.write(to: &writer)
        refreshes.write(to: &writer)
        writer.family("mcp_gateway_connections", .gauge, "Open connections of agents.")
        writer.sample([], connections.value)
        writer.family("mcp_gateway_streams", .gauge, "Open streams of agents that wait for changes.")
        writer.sample([], streams.value)
        writer.family(
            "mcp_gateway_stream_notifications_total",
            .counter,
            "Agents told that their list of tools has changed."
        )
        writer.sample([], streamNotifications.value)
        writer.family(
            "mcp_gateway_usage_merged_calls_total",
            .counter,
            "Calls that usage counts as their tenants' alone: more tools and keys were called than it tells apart."
        )
        writer.sample([], usageMerged.value)
        buffers.write(to: &writer)
        signing?.write(to: &writer)
        snapshots.write(to: &writer)
        write(catalog, to: &writer)
        if let certificateEndsAt {
            writer.family(
                "mcp_gateway_certificate_expiry_timestamp_seconds",
                .gauge,
                "When the certificate of the agents' listener ends, in seconds since 1970."
            )
            writer.sample([], UInt64(max(0, certificateEndsAt)))
        }
        write(process, to: &writer)
        return writer.buffer
    }

    private func writeCalls(to writer: inout MetricsWriter) {
        let (targets, tools) = tables.withLock { (Array($0.targets.values), Array($0.tools.values)) }
        let byTarget = targets.sorted { $0.target < $1.target }
        writer.family("mcp_gateway_calls_total", .counter, "Tool calls ended, by target, tool and outcome.")
        for call in tools.sorted(by: { ($0.target.target, $0.tool) < ($1.target.target, $1.tool) }) {
            for outcome in CallOutcome.allCases {
                // A tool has its "ok" from the start, so that a first call is seen as growth; the rest as
                // they happen.
                let count = call.count(outcome)
                guard count > 0 || outcome == .ok else { continue }
                let labels = [
                    ("target", call.target.target), ("tool", call.tool), ("outcome", outcome.label),
                ]
                writer.sample(labels, count)
            }
        }
        writer.family("mcp_gateway_calls_in_flight", .gauge, "Tool calls begun and not ended, by target.")
        for target in byTarget { writer.sample([("target", target.target)], target.inFlight.value) }
        writer.family(
            "mcp_gateway_call_own_duration_seconds",
            .histogram,
            "The gateway's own part of a tool call: all its time but the upstream's."
        )
        writer.sample([], own.read())
        writer.family(
            "mcp_gateway_call_upstream_duration_seconds",
            .histogram,
            "From sending a call to Lambda to its whole answer, by target."
        )
        for target in byTarget { writer.sample([("target", target.target)], target.upstream.read()) }
        Self.write(byTarget, to: &writer)
    }

    /// Each target's figures; a name that comes twice is written once.
    private func write(_ catalog: [CatalogFigures], to writer: inout MetricsWriter) {
        var seen: Set<String> = []
        let targets = catalog.filter { seen.insert($0.target).inserted }
        writer.family("mcp_gateway_catalog_tools", .gauge, "Tools in the catalog, by target.")
        for entry in targets { writer.sample([("target", entry.target)], entry.tools) }
        writer.family(
            "mcp_gateway_catalog_age_seconds",
            .gauge,
            "Since a target's tools were last read with success."
        )
        for entry in targets {
            if let age = entry.ageSeconds { writer.sample([("target", entry.target)], age) }
        }
        writer.family("mcp_gateway_catalog_failing", .gauge, "1 when a target's last refresh failed, else 0.")
        for entry in targets { writer.sample([("target", entry.target)], entry.isFailing ? 1 : 0) }
        writer.family(
            "mcp_gateway_calls_failing",
            .gauge,
            "1 when a target's calls fail, as `mcp-gateway status` judges, else 0."
        )
        for entry in targets { writer.sample([("target", entry.target)], entry.areCallsFailing ? 1 : 0) }
        writer.family(
            "mcp_gateway_catalog_tools_refused",
            .gauge,
            "Tools that a target lists and that are not served, by target."
        )
        for entry in targets { writer.sample([("target", entry.target)], entry.refusedTools) }
        writer.family(
            "mcp_gateway_catalog_tools_changed",
            .gauge,
            "Tools that are served otherwise than their target sent them, by target."
        )
        for entry in targets { writer.sample([("target", entry.target)], entry.changedTools) }
    }

    /// Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    private func write(_ process: ProcessFigures, to writer: inout MetricsWriter) {
        writer.family("process_cpu_seconds_total", .counter, "User and system CPU time spent, in seconds.")
        writer.sample([], process.cpuSeconds)
        let gauges: [(String, String, Double)] = [
            (
                "process_resident_memory_bytes", "Resident memory size in bytes.",
                Double(process.residentBytes)
            ),
            ("process_virtual_memory_bytes", "Virtual memory size in bytes.", Double(process.virtualBytes)),
            ("process_open_fds", "Open file descriptors.", Double(process.openDescriptors)),
            (
                "process_max_fds", "The most file descriptors that may be open.",
                Double(process.descriptorsMax)
            ),
            ("process_threads", "Threads of the process.", Double(process.threads)),
            (
                "process_start_time_seconds", "When the process started, in seconds since 1970.",
                process.startSeconds
            ),
        ]
        for (name, help, value) in gauges {
            writer.family(name, .gauge, help)
            writer.sample([], value)
        }
    }
}
