import Bytes
package import Contracts
import JSON
package import MCP
package import Policy
import RateLimit
package import Telemetry

/// One tool with everything that a call needs, resolved when the snapshot was made. A reference type, because each
/// call holds it.
package final class CallableTool: Sendable {
    /// What the target calls it: a name, a URI, or a template.
    package let name: String
    package let kind: CatalogKind
    /// Whether URIs in what it answers may have to be rewritten.
    let rewritesURIs: Bool
    package let contract: Contract
    /// The function that serves the tool.
    package let function: UpstreamFunction
    package let headerParameters: HeaderParameters
    package let metrics: CallMetrics
    /// How long a call may take, in milliseconds, if that isn't what its target says; else 0.
    let ownTimeoutMs: Int

    init(
        name: String,
        kind: CatalogKind = .tool,
        rewritesURIs: Bool = false,
        contract: Contract,
        function: UpstreamFunction,
        headerParameters: HeaderParameters,
        metrics: CallMetrics,
        ownTimeoutMs: Int = 0
    ) {
        self.name = name
        self.kind = kind
        self.rewritesURIs = rewritesURIs
        self.contract = contract
        self.function = function
        self.headerParameters = headerParameters
        self.metrics = metrics
        self.ownTimeoutMs = ownTimeoutMs
    }

    /// How long a call may take, in milliseconds.
    package var timeoutMs: Int { ownTimeoutMs == 0 ? function.entry.timeoutMs : ownTimeoutMs }
}

/// The state that all loops serve from: the snapshot and what is derived from it. Immutable; replaced as a whole.
package final class GatewayState: Sendable {
    package struct Settings: Sendable {
        package var identity: ServerIdentity
        /// The most tools on a page of `tools/list`: many widely used clients read only the first page.
        package var pageSize = 1000
        /// The most bytes of tool definitions on a page of `tools/list`. A page has at least one tool.
        package var pageBytesMax = 4 * 1024 * 1024
        /// How long a modern client may keep a list, in milliseconds: no longer than until the next refresh.
        package var listTTLMs = 60_000
        /// Requests a second, other than calls, for each key.
        package var requestRate = 100
        /// Requests at once, other than calls, for each key.
        package var requestBurst = 500
        /// The time within which the last message of a legacy batch must begin; the caller's connection is held that
        /// long.
        package var batchMs = 60_000
        /// How long a legacy client may take to answer what a function asks during a call, in milliseconds.
        package var inputTimeoutMs = 300_000
        /// The most bytes of one message in what a function streams.
        package var streamMessageBytesMax = 6 << 20
        /// The most bytes that a function streams in answer to one call.
        package var streamBytesMax = 200 << 20
        /// The prices that calls are charged at.
        package var prices = PriceTable()

        package init(identity: ServerIdentity) { self.identity = identity }
    }

    package let snapshot: Snapshot
    package let settings: Settings
    /// Each function that serves a tool, once.
    package let functions: [UpstreamFunction]
    /// In the snapshot's order of tenants; `nil` for a tenant that Lambda and IAM don't distinguish from others.
    package let tenants: [UpstreamTenant?]
    /// In the snapshot's order of tools.
    package let tools: [CallableTool]
    /// In the snapshot's order of tenants; empty when calls aren't counted by tenant.
    private let tenantMetrics: [TenantMetrics]
    /// The counters of the snapshot's limits.
    package let limits: LimitBook
    /// The same object as long as the snapshots' tools are equal; pages rendered from them stay valid that long.
    let toolsMark: ToolsMark
    /// The names that records of calls refer to; the same object as long as the snapshots' versions are equal.
    let names: CallNames

    /// Derives the state of a snapshot. Cold: linear in the tools. A tool that `previous` has is not read again, and
    /// none is when the snapshots differ only in their targets' health and the settings of limits and prices are the
    /// same.
    package init(
        _ snapshot: Snapshot,
        settings: Settings,
        metrics: GatewayMetrics,
        reusing previous: GatewayState? = nil
    ) {
        self.snapshot = snapshot
        self.settings = settings
        if let previous, previous.snapshot.version == snapshot.version,
            previous.tools.count == snapshot.tools.count,
            previous.settings.requestRate == settings.requestRate,
            previous.settings.requestBurst == settings.requestBurst,
            previous.settings.prices == settings.prices
        {
            functions = previous.functions
            tenants = previous.tenants
            tools = previous.tools
            tenantMetrics = previous.tenantMetrics
            limits = previous.limits
            toolsMark = previous.toolsMark
            names = previous.names
            return
        }
        let requests = RateParameters(
            permits: settings.requestRate,
            periodNs: RateParameters.secondNs,
            burst: settings.requestBurst
        )
        limits = LimitBook(snapshot, requests: requests, reusing: previous?.limits)
        var known = FunctionTable(settings.prices, previous)
        // One comparison when the store gave the very same array again.
        toolsMark =
            previous.flatMap { $0.snapshot.tools == snapshot.tools ? $0.toolsMark : nil } ?? ToolsMark()
        var older = OlderTools(previous)
        let resources = snapshot.resources
        let rewriting = snapshot.targets.indices.map {
            !resources.isEmpty && resources.rewrites(resultsOf: $0)
        }
        tools = snapshot.tools.map { entry in
            let target = snapshot.targets[entry.target]
            let same = older.tool(named: entry.exposedName, sha256: entry.sha256)
            return CallableTool(
                name: entry.ownName,
                kind: entry.kind,
                rewritesURIs: rewriting[entry.target],
                contract: target.contract,
                function: known.function(of: entry, target),
                headerParameters: same?.headerParameters ?? Self.headerParameters(of: entry),
                metrics: same?.metrics ?? metrics.call(target: target.name, tool: entry.measuredName),
                ownTimeoutMs: target.invoke.toolTimeoutsMs[entry.name] ?? 0
            )
        }
        tenantMetrics = metrics.tenants.map { table in snapshot.tenants.map { table.tenant($0.name) } } ?? []
        names = CallNames(snapshot, reusing: previous)
        functions = known.inUse
        tenants = UpstreamTenant.all(of: snapshot, tools, reusing: previous?.tenants ?? [])
    }

    /// The counters of a tenant's calls; nil when calls aren't counted by tenant.
    package func metrics(ofTenant tenant: Int) -> TenantMetrics? {
        tenantMetrics.isEmpty ? nil : tenantMetrics[tenant]
    }

    /// Doesn't parse a definition in which the annotation's name doesn't occur; nearly all definitions are like that.
    private static func headerParameters(of entry: ToolEntry) -> HeaderParameters {
        guard entry.kind == .tool else { return .none }
        let bytes = entry.definition.span
        guard contains("x-mcp-header", in: bytes),
            let schema = JSON.member("inputSchema", of: 0..<bytes.count, in: bytes)
        else { return .none }
        // A bad annotation is refused when the tool enters the catalog; a row of an older version may still hold one.
        return (try? HeaderParameters.parse(bytes, inputSchema: schema)) ?? .none
    }

    private static func contains(_ literal: StaticString, in bytes: Span<UInt8>) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        for start in 0...bytes.count - count where bytes.equals(start..<start + count, literal) {
            return true
        }
        return false
    }
}

extension ToolEntry {
    /// What its calls are counted under. All resources of a target are one: there may be thousands.
    fileprivate var measuredName: String {
        switch kind {
        case .tool, .prompt, .instructions: name
        case .resource, .template: CatalogKind.resource.catalogName("*")
        }
    }
}

/// An identity token of a list of tools: two states share it only if their lists are equal.
final class ToolsMark: Sendable {}

/// Walks along the tools of the previous state, which are in order of their exposed names, as the new ones are.
private struct OlderTools {
    private let entries: [ToolEntry]
    private let tools: [CallableTool]
    private var position = 0

    init(_ state: GatewayState?) {
        entries = state?.snapshot.tools ?? []
        tools = state?.tools ?? []
    }

    /// The tool of that name, if its definition has that hash; call this with names in order.
    mutating func tool(named name: String, sha256: Digest) -> CallableTool? {
        while position < entries.count {
            if entries[position].exposedName == name {
                return entries[position].sha256 == sha256 ? tools[position] : nil
            }
            guard entries[position].exposedName.utf8.lexicographicallyPrecedes(name.utf8) else { return nil }
            position += 1
        }
        return nil
    }
}

/// The functions of a snapshot. A function that hasn't changed is the previous state's object, so that what the
/// upstream derived from it is kept; what was learned of a function's cost is kept in any case.
private struct FunctionTable {
    private struct Key: Hashable {
        let target: TargetEntry
        let name: String
        let price: CallPrice

        /// Leaves out the members that don't matter to a call: the target's health and its count of tools.
        init(_ target: TargetEntry, _ name: String, _ price: CallPrice) {
            var target = target
            target.health = TargetHealth()
            target.toolCount = 0
            self.target = target
            self.name = name
            self.price = price
        }
    }

    private struct Place: Hashable {
        let targetID: Int64
        let name: String
    }

    private let prices: PriceTable
    private var older: [Key: UpstreamFunction] = [:]
    private var learned: [Place: FunctionCost.Learned] = [:]
    private var newer: [Key: UpstreamFunction] = [:]
    private(set) var inUse: [UpstreamFunction] = []

    init(_ prices: PriceTable, _ state: GatewayState?) {
        self.prices = prices
        for function in state?.functions ?? [] {
            let (entry, name) = (function.entry, function.name)
            older[Key(entry, name, function.cost.price)] = function
            learned[Place(targetID: entry.id, name: name)] = function.cost.learned
        }
    }

    mutating func function(of tool: ToolEntry, _ target: TargetEntry) -> UpstreamFunction {
        let name = tool.function ?? target.function
        let price = prices.price(
            of: target.invoke.architecture ?? .x86,
            in: regionOfARN(name) ?? target.region
        )
        let key = Key(target, name, price)
        if let known = newer[key] { return known }
        let function = older[key] ?? UpstreamFunction(target, name: name, cost: cost(price, target, name))
        newer[key] = function
        inUse.append(function)
        return function
    }

    private func cost(_ price: CallPrice, _ target: TargetEntry, _ name: String) -> FunctionCost {
        FunctionCost(
            price,
            memoryMB: target.invoke.memoryMB,
            learned: learned[Place(targetID: target.id, name: name)] ?? FunctionCost.Learned()
        )
    }
}

/// `arn:aws:lambda:REGION:…` → its region; nil for a name.
private func regionOfARN(_ function: String) -> String? {
    guard function.utf8.starts(with: "arn:".utf8) else { return nil }
    let fields = function.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
    return fields.count == 5 && !fields[3].isEmpty ? String(fields[3]) : nil
}

extension TargetEntry: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
