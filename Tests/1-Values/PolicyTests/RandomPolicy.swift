import Bytes
import Policy

/// A random policy with every kind of entry, from a seed.
struct RandomPolicy {
    let snapshot: Snapshot
    /// Principals of every kind, working or not.
    let principals: [Principal]

    init(seed: Int) {
        var maker = RandomPolicyMaker(seed: seed)
        let targets = maker.targets()
        let tools = maker.tools(of: targets)
        let tenants = maker.tenants()
        let keys = maker.keys(tenantCount: tenants.count)
        let pinSets = maker.pinSets(of: tools)
        snapshot = Snapshot(
            version: Int64(seed),
            targets: targets,
            tools: tools,
            tenants: tenants,
            keys: keys,
            subscriptions: maker.subscriptions(tenants.count, targets.count, pinSets.count),
            pinSets: pinSets,
            scopes: maker.scopes()
        )
        principals =
            keys.indices.map { Principal(tenant: keys[$0].tenant, key: $0) }
            + tenants.indices.flatMap { maker.tokens(of: $0) }
    }
}

private struct RandomPolicyMaker {
    private var generator: SeededGenerator

    private static let patterns = [
        "*", "t0___*", "t1___tool1*", "*1", "t?___tool?", "nothing", "*___tool*", "t2___tool2", "t3___*3*",
        "?3*",
    ].compactMap { NamePattern($0) }

    init(seed: Int) { generator = SeededGenerator(seed: UInt64(seed)) }

    private mutating func chance(_ count: Int, in all: Int) -> Bool {
        Int.random(in: 0..<all, using: &generator) < count
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    /// Half the time no patterns, otherwise each pattern with a probability of one in `all`.
    private mutating func some(oneIn all: Int) -> [NamePattern] {
        guard chance(1, in: 2) else { return [] }
        return Self.patterns.filter { _ in chance(1, in: all) }
    }

    private mutating func expiry() -> Int64? { chance(1, in: 2) ? nil : Int64(number(0...1_000)) }

    mutating func targets() -> [TargetEntry] {
        (0..<number(1...7)).map { index in
            TargetEntry(
                id: Int64(index),
                name: "t\(index)",
                function: "f",
                approval: Approval.allCases[number(0...2)],
                pinsDefinitions: chance(1, in: 2),
                isEnabled: chance(5, in: 6)
            )
        }
        .shuffled(using: &generator)
    }

    mutating func tools(of targets: [TargetEntry]) -> [ToolEntry] {
        (0..<number(0...150)).map { index in
            let target = number(0...targets.count - 1)
            let state: ToolEntry.State = chance(1, in: 8) ? .quarantined : .active
            return PolicyTests.tool("\(targets[target].name)___tool\(index)", target: target, state: state)
        }
    }

    mutating func tenants() -> [TenantEntry] {
        (0..<4).map { index in
            TenantEntry(
                id: Int64(index),
                name: "tenant\(index)",
                state: chance(1, in: 6) ? .suspended : .active,
                allow: some(oneIn: 4),
                deny: some(oneIn: 6)
            )
        }
    }

    mutating func keys(tenantCount: Int) -> [KeyEntry] {
        (0..<12).map { index in
            KeyEntry(
                id: Int64(index),
                tenant: number(0...tenantCount - 1),
                prefix: "p\(index)",
                hash: digest(index),
                expiresAtMs: expiry(),
                isRevoked: chance(1, in: 8),
                allow: some(oneIn: 4),
                deny: some(oneIn: 8)
            )
        }
    }

    mutating func pinSets(of tools: [ToolEntry]) -> [PinSetEntry] {
        (0..<5).map { id in
            var pins: [String: Digest] = [:]
            for tool in tools where chance(2, in: 3) {
                pins[tool.name] = chance(1, in: 5) ? digest(1_000) : tool.sha256
            }
            return PinSetEntry(id: Int64(id), pins: pins)
        }
    }

    mutating func subscriptions(_ tenants: Int, _ targets: Int, _ pinSets: Int) -> [SubscriptionEntry] {
        var entries: [SubscriptionEntry] = []
        for tenant in 0..<tenants {
            for target in 0..<targets where chance(3, in: 4) {
                entries.append(
                    SubscriptionEntry(
                        id: Int64(entries.count),
                        tenant: tenant,
                        target: target,
                        expiresAtMs: expiry(),
                        requestedTools: some(oneIn: 2),
                        approvedTools: some(oneIn: 2),
                        pinSet: chance(1, in: 2) ? number(0...pinSets - 1) : nil
                    )
                )
            }
        }
        return entries.shuffled(using: &generator)
    }

    mutating func scopes() -> [[NamePattern]]? {
        chance(1, in: 2) ? nil : (0..<3).map { _ in some(oneIn: 2) }
    }

    mutating func tokens(of tenant: Int) -> [Principal] {
        [0, 1, 2, 5, 7].map { scopes in
            let grant = TokenGrant(
                scopes: ScopeSet(rawValue: UInt64(scopes)),
                expiresAtMs: Int64(number(400...1_000)),
                subject: Int64(scopes)
            )
            return Principal(tenant: tenant, credential: .token(grant))
        }
    }
}
