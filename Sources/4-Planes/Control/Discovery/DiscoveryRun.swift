import Calendar
package import Config
import Contracts
import EventLoop
import MCP
import Model
import Policy
package import Store

/// Looks for functions, makes a plan of what was found, and stores it. Any executor.
///
/// Several servers on one store may do this: the next one finds what the first has stored unchanged.
package struct DiscoveryRun: Sendable {
    /// The outcome of a run.
    package struct Report: Sendable, Equatable {
        package var plan: DiscoveryPlan
        /// Whether the plan is in the store now.
        package var isApplied = false
        /// Whether the run ended early, because it was no longer wanted.
        package var isAbandoned = false
        /// [target's name] → why the target couldn't be stored.
        package var faults: [String: String] = [:]
        /// Targets whose functions must be asked for their tools, because they are new or have changed.
        package var unread: [TargetName] = []
        /// How many runs in a row have failed; 0 when nothing was applied.
        package var failureCount = 0

        package init(plan: DiscoveryPlan) { self.plan = plan }

        /// What failed, in the regions and in the targets; nil when nothing did.
        package var error: String? {
            let texts =
                [plan.error].compactMap { $0 }
                + faults.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            return texts.isEmpty ? nil : texts.joined(separator: "; ")
        }
    }

    private let store: Store::Store
    private let catalog: any FunctionCatalog
    private let defaults: GatewayConfig.Defaults
    private let nowMs: @Sendable () -> Int64

    package init(
        store: Store::Store,
        catalog: any FunctionCatalog,
        defaults: GatewayConfig.Defaults,
        nowMs: @escaping @Sendable () -> Int64 = WallClock.nowMs
    ) {
        self.store = store
        self.catalog = catalog
        self.defaults = defaults
        self.nowMs = nowMs
    }

    /// Looks for functions and makes the plan; changes nothing.
    /// - Parameter prunes: whether functions that are no longer found are removed at once.
    package func plan(
        _ discovery: GatewayConfig.Discovery,
        prunes: Bool = false
    ) async throws(StoreError) -> DiscoveryPlan {
        let survey = await DiscoverySurvey.run(discovery, in: catalog)
        let (stored, wasMadeByStart) = try await store.read { reading throws(StoreError) in
            let stored = DiscoveryPlanner.Stored(
                functions: try reading.discoveredFunctions(of: discovery.name),
                targets: try reading.targets()
            )
            return (stored, try reading.wasMadeByStart())
        }
        var planned = discovery
        // A discovery set only by environment variables must not open anything to tenants that existed before.
        if discovery.isFromEnvironment, !wasMadeByStart { planned.approval = .required }
        return DiscoveryPlanner(
            planned,
            defaults: defaults,
            survey: survey,
            stored: stored,
            nowMs: nowMs(),
            prunes: prunes
        ).plan()
    }

    /// Looks for functions, makes the plan and stores it: each target with its functions and declared tools in one
    /// transaction. A failed plan changes only the store's record of the failure.
    /// - Parameter isStillWanted: called after the search and before each write; when it is false, the rest is not
    ///   done.
    /// - Throws: the store's own failures; the reason why a single target is refused is among the report's faults.
    package func apply(
        _ discovery: GatewayConfig.Discovery,
        prunes: Bool = false,
        as actor: Actor = .system,
        requestID: String? = nil,
        isStillWanted: @Sendable () -> Bool = { true }
    ) async throws(StoreError) -> Report {
        var report = Report(plan: try await plan(discovery, prunes: prunes))
        func isAbandoned() -> Bool {
            report.isAbandoned = !isStillWanted()
            return report.isAbandoned
        }
        let (name, lengthMax) = (discovery.name, defaults.toolNameMax)
        if !report.plan.isFailed {
            // Targets are removed last: a function may have moved to another target.
            for target in report.plan.targets where target.change != .removed && !target.isStored {
                if isAbandoned() { return report }
                do throws(StoreError) {
                    let isUnread = try await store.write(as: actor, requestID: requestID) {
                        writing throws(StoreError) in
                        try writing.put(target, of: name, toolNameMax: lengthMax)
                    }
                    if isUnread { report.unread.append(target.name) }
                } catch {
                    // These two kinds are the target's own fault; any other is the store's.
                    guard [.invalid, .conflict].contains(error.kind) else { throw error }
                    report.faults[target.name.text] = error.description
                }
            }
            for target in report.plan.targets where target.change == .removed {
                if isAbandoned() { return report }
                try await store.write(as: actor, requestID: requestID) { writing throws(StoreError) in
                    try writing.removeDiscovered(target.name, of: name)
                }
            }
            report.isApplied = true
        }
        if isAbandoned() {
            report.isApplied = false
            return report
        }
        let error = report.error
        report.failureCount = try await store.write(as: .system) { writing throws(StoreError) in
            try writing.recordDiscovery(name, error: error)
        }
        return report
    }
}

extension WriteTransaction {
    /// - Returns: whether the target's function must be asked for its tools.
    fileprivate borrowing func put(
        _ target: DiscoveryPlan.Target,
        of discovery: String,
        toolNameMax: Int
    ) throws(StoreError) -> Bool {
        let record = try putDiscovered(target.spec, of: discovery, functions: target.functions)
        let isNews = target.change != .unchanged || record.health.refreshedAtMs == nil
        guard isNews, record.isEnabled else { return false }
        guard let declared = target.spec.toolsJSON else { return true }
        var listing = ToolListing(
            check: DefinitionCheck(
                naming: ToolNaming(record.name, record.aliases, lengthMax: toolNameMax),
                allowsHidden: record.spec.allowsHidden
            )
        )
        do throws(ContractError) { listing.add(try DeclaredTools(declared)) } catch {
            throw StoreError(.invalid, "its tools can't be declared: \(error.description)")
        }
        _ = try applyRefresh(
            targetID: record.id,
            tools: listing.tools,
            refused: listing.refused,
            durationMs: 0
        )
        return false
    }
}
