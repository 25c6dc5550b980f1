import HTTP
import Policy
import REST
import Store

/// `/targets`: the targets that a tenant can ask for.
enum Targets {
    static let all: [any AnyOperation<Services>] = [list, show]

    private static let list = PortalOperation(
        .get,
        "/targets",
        id: "targetList",
        "Lists the targets in order of their names, each with your newest subscription to it.",
        takes: PageArguments.self,
        answers: ListForm<TargetForm>.self
    ) { call throws(Problem) in
        let (page, snapshot) = (try call.page(of: "targets"), call.caller.snapshot)
        let offered = try await Offers(call)
        return page.cut(
            snapshot.targets.indices.filter { snapshot.targets[$0].isEnabled },
            place: { snapshot.targets[$0].name },
            isAfter: { $1.utf8.lexicographicallyPrecedes(snapshot.targets[$0].name.utf8) }
        ).map { offered[$0] }
    }

    private struct OneArguments: Arguments {
        let target = targetName
    }

    private static let show = PortalOperation(
        .get,
        "/targets/{target}",
        id: "targetShow",
        "Shows a target, with your newest subscription to it.",
        takes: OneArguments.self,
        answers: TargetForm.self,
        problems: [.notFound]
    ) { call throws(Problem) in
        let position = try call.caller.target(named: call.target)
        return try await Offers(call)[position]
    }

    /// The name of a target in a path.
    static var targetName: Argument<String> { .path("target", .anyText, "the target's name") }
}

/// The targets of a caller's snapshot, with the tenant's subscriptions to them.
private struct Offers {
    private let snapshot: Snapshot
    /// [target] → the tenant's present subscription, or else the last one that ended.
    private let subscriptions: [String: SubscriptionRecord]
    /// [target] → how many tools it has that aren't held back.
    private let toolCounts: [Int]

    init<A>(_ call: PortalCall<A>) async throws(Problem) {
        let (tenant, nowMs) = (call.caller.tenant, call.nowMs)
        let found = try await call.read(missing: .noTarget) { reading throws(StoreError) in
            try reading.latestSubscriptions(of: tenant, nowMs: nowMs)
        }
        snapshot = call.caller.snapshot
        subscriptions = Dictionary(
            found.map { ($0.target.text, $0) },
            uniquingKeysWith: { _, later in later }
        )
        var counts = [Int](repeating: 0, count: snapshot.targets.count)
        for tool in snapshot.tools where tool.isTool && tool.state == .active { counts[tool.target] += 1 }
        toolCounts = counts
    }

    subscript(position: Int) -> OfferedTarget {
        let entry = snapshot.targets[position]
        return OfferedTarget(
            entry: entry,
            tools: toolCounts[position],
            subscription: subscriptions[entry.name]
        )
    }
}

extension PortalCaller {
    /// The position of a target.
    /// - Throws: `.notFound`, with the same text for a disabled target and one that doesn't exist.
    func target(named name: String) throws(Problem) -> Int {
        guard let found = snapshot.target(named: name), snapshot.targets[found].isEnabled else {
            throw .noTarget
        }
        return found
    }
}
