import HTTP
import JSON
import Policy
import REST
import Store

/// `/targets`: what a tenant can ask for.
func targetRoutes(_ services: Services) -> [Route<PortalCaller>] {
    [
        Route(
            .get,
            "/targets",
            id: "targetList",
            "Lists the targets in order of their names, each with your newest subscription to it.",
            parameters: Page.parameters,
            answer: Page.schema("targets", of: .reference("Target"))
        ) { call throws(Problem) in
            let page = try Page(call, list: "targets")
            let subscriptions = try await latest(call, services)
            let snapshot = call.caller.snapshot
            let counts = toolCounts(snapshot)
            return page.answer(
                "targets",
                snapshot.targets.indices.filter { snapshot.targets[$0].isEnabled },
                place: { snapshot.targets[$0].name },
                isAfter: { $1.utf8.lexicographicallyPrecedes(snapshot.targets[$0].name.utf8) },
                json: { position in
                    let target = snapshot.targets[position]
                    return target.json(tools: counts[position], subscription: subscriptions[target.name])
                }
            )
        },
        Route(
            .get,
            "/targets/{target}",
            id: "targetShow",
            "Shows a target, with your newest subscription to it.",
            parameters: [.target],
            answer: .reference("Target"),
            problems: [.notFound]
        ) { call throws(Problem) in
            let position = try call.target()
            let subscriptions = try await latest(call, services)
            let snapshot = call.caller.snapshot
            let target = snapshot.targets[position]
            return APIReply(
                target.json(
                    tools: toolCounts(snapshot)[position],
                    subscription: subscriptions[target.name]
                )
            )
        },
    ]
}

/// By target; the live one, or how the last one ended.
private func latest(
    _ call: APICall<PortalCaller>,
    _ services: Services
) async throws(Problem) -> [String: SubscriptionRecord] {
    let (tenant, nowMs) = (call.caller.tenant, services.nowMs())
    let found = try await services.read(call, missing: .noTarget) { reading throws(StoreError) in
        try reading.latestSubscriptions(of: tenant, nowMs: nowMs)
    }
    return Dictionary(found.map { ($0.target.text, $0) }, uniquingKeysWith: { _, later in later })
}

/// [target] → how many tools it has that aren't held back.
private func toolCounts(_ snapshot: Snapshot) -> [Int] {
    var counts = [Int](repeating: 0, count: snapshot.targets.count)
    for tool in snapshot.tools where tool.state == .active { counts[tool.target] += 1 }
    return counts
}

extension Parameter {
    static let target = Parameter.path("target", .pathText, "the target's name")
}

extension APICall<PortalCaller> {
    /// The position of the path's target.
    /// - Throws: `.notFound`, with one text for a target that is switched off and one that isn't there.
    func target() throws(Problem) -> Int {
        let snapshot = caller.snapshot
        guard let found = snapshot.target(named: path("target")), snapshot.targets[found].isEnabled else {
            throw .noTarget
        }
        return found
    }
}
