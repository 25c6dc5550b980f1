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
    /// Calls that a limit refused, by the limit's scope and by what it counts.
    package let limitRefusals = CounterFamily(
        "mcp_gateway_limit_refusals_total",
        "Tool calls refused by a limit, by the limit's scope and what it counts.",
        labels: ["scope", "metric"],
        seriesMax: 60
    )
    /// Durations by the names of OpenTelemetry's conventions.
    package let operations: OperationMetrics
    /// nil when tenants aren't told apart.
    package let tenants: TenantMetricsTable?
    package let loops = LoopMetrics()
    package let refreshTimes: RefreshMetrics
    package let discoveries = DiscoveryMetrics()
    /// 1 while what the server counts can't be stored.
    package let storeFailing = Gauge()
    /// Documents for CloudWatch, by result (`sent`, `failed`).
    package let cloudWatchDocuments = CounterFamily(
        "mcp_gateway_cloudwatch_documents_total",
        "Documents of metrics for CloudWatch, by result.",
        labels: ["result"]
    )
    /// Open connections of the agents listener.
    package let connections = Gauge()
    /// Open streams of agents.
    package let streams = Gauge()
    /// Notifications of changed lists and resources sent over them.
    package let streamNotifications = Counter()
    /// Polls of watched resources, by result (`changed`, `same`, `failed`).
    package let resourcePolls = CounterFamily(
        "mcp_gateway_resource_polls_total",
        "Reads of resources that agents watch, by result.",
        labels: ["result"]
    )
    /// Calls counted in usage for their tenants only, as there were more keys and tools than it tells apart.
    package let usageMerged = Counter()
    /// Publications of the store's changes.
    package let snapshots = SnapshotMetrics()

    let own = OwnHistogram(.own)
    private let hasSketches: Bool
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

    /// - Parameters:
    ///   - hasTenants: whether tenants are told apart.
    ///   - hasSketches: whether each tool's durations are kept finer than in buckets, for `ToolUseReader`. 1.6 kB each.
    package init(
        targetsMax: Int = 500,
        toolsMax: Int = 2000,
        tenantsMax: Int = 1000,
        hasTenants: Bool = false,
        hasSketches: Bool = false
    ) {
        self.targetsMax = targetsMax
        self.toolsMax = toolsMax
        self.hasSketches = hasSketches
        operations = OperationMetrics(seriesMax: 2 * toolsMax)
        tenants = hasTenants ? TenantMetricsTable(tenantsMax: tenantsMax) : nil
        refreshTimes = RefreshMetrics(targetsMax: 2 * targetsMax)
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
            let metrics = CallMetrics(
                tool: name.tool,
                target: shared,
                own: own,
                operations: operations,
                hasSketch: hasSketches
            )
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

    /// All targets and tools that have figures of their own, in order of their names.
    var all: (targets: [TargetMetrics], tools: [CallMetrics]) {
        let (targets, tools) = tables.withLock { (Array($0.targets.values), Array($0.tools.values)) }
        return (
            targets.sorted { $0.target < $1.target },
            tools.sorted { ($0.target.target, $0.tool) < ($1.target.target, $1.tool) }
        )
    }

    /// Calls that have ended, with any outcome. Takes a lock, once.
    package var callsEnded: UInt64 {
        let tools = tables.withLock { Array($0.tools.values) }
        return tools.reduce(0) { sum, call in
            CallOutcome.allCases.reduce(sum) { $0 + call.count($1) }
        }
    }

    /// The figures of each target's recent calls, by the targets' names; targets beyond `targetsMax` have none.
    /// - Parameter nowMs: the time of the clock that `advanceCalls` uses.
    package func callFigures(nowMs: Int64) -> [String: CallFigures] {
        let targets = tables.withLock { $0.targets }
        return targets.filter { $0.key == $0.value.target }.mapValues { target in
            var figures = target.calls.figures(nowMs: nowMs)
            figures.versions = target.versions.figures
            return figures
        }
    }

    /// Moves the windows of `callFigures` on; call it about once a second. The figures of targets that aren't in `live`
    /// are forgotten.
    /// - Parameter nowMs: the time of a clock that doesn't go back.
    package func advanceCalls(toMs nowMs: Int64, live: Set<String>) {
        for (name, target) in tables.withLock({ $0.targets }) {
            if live.contains(name) {
                target.calls.advance(toMs: nowMs)
            } else {
                target.calls.forget()
            }
        }
    }
}
