import Policy

/// A policy made of everything there is, from a seed.
struct RandomPolicy {
    static let nowMs: Int64 = 500
    let snapshot: Snapshot
    /// Principals of every kind, working or not.
    let principals: [Principal]

    private static let patterns = [
        "*", "t0___*", "t1___tool1*", "*1", "t?___tool?", "nothing", "*___tool*", "t2___tool2", "t3___*3*",
        "?3*",
    ].compactMap { NamePattern($0) }

    init(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        func chance(_ one: Int, in all: Int) -> Bool { Int.random(in: 0..<all, using: &generator) < one }
        func some(_ all: Int) -> [NamePattern] { Self.patterns.filter { _ in chance(1, in: all) } }
        let targets = (0..<Int.random(in: 1...7, using: &generator)).map { index in
            TargetEntry(
                id: Int64(index),
                name: "t\(index)",
                function: "f",
                approval: TargetEntry.Approval.allCases[Int.random(in: 0..<3, using: &generator)],
                pinsDefinitions: chance(1, in: 2),
                isEnabled: chance(5, in: 6)
            )
        }
        .shuffled(using: &generator)
        let tools = (0..<Int.random(in: 0...150, using: &generator)).map { index in
            let target = Int.random(in: targets.indices, using: &generator)
            let state: ToolEntry.State = chance(1, in: 8) ? .quarantined : .active
            return PolicyTests.tool("\(targets[target].name)___tool\(index)", target: target, state: state)
        }
        let tenants = (0..<4).map { index in
            TenantEntry(
                id: Int64(index),
                name: "tenant\(index)",
                state: chance(1, in: 6) ? .suspended : .active,
                allow: chance(1, in: 2) ? some(4) : [],
                deny: chance(1, in: 2) ? some(6) : []
            )
        }
        let keys = (0..<12).map { index in
            KeyEntry(
                id: Int64(index),
                tenant: Int.random(in: 0..<4, using: &generator),
                prefix: "p\(index)",
                hash: digest(index),
                expiresAtMs: chance(1, in: 2) ? nil : Int64.random(in: 0...1_000, using: &generator),
                isRevoked: chance(1, in: 8),
                allow: chance(1, in: 2) ? some(4) : [],
                deny: chance(1, in: 2) ? some(8) : []
            )
        }
        let pinSets = (0..<5).map { id in
            let pinned = tools.filter { _ in chance(2, in: 3) }
            return PinSetEntry(
                id: Int64(id),
                pins: Dictionary(
                    pinned.map { ($0.name, chance(1, in: 5) ? digest(1_000) : $0.sha256) },
                    uniquingKeysWith: { first, _ in first }
                )
            )
        }
        var subscriptions: [SubscriptionEntry] = []
        for tenant in tenants.indices {
            for target in targets.indices where chance(3, in: 4) {
                subscriptions.append(
                    SubscriptionEntry(
                        id: Int64(subscriptions.count),
                        tenant: tenant,
                        target: target,
                        expiresAtMs: chance(1, in: 2) ? nil : Int64.random(in: 0...1_000, using: &generator),
                        requestedTools: chance(1, in: 3) ? some(2) : [],
                        approvedTools: chance(1, in: 3) ? some(2) : [],
                        pinSet: chance(1, in: 2) ? Int.random(in: pinSets.indices, using: &generator) : nil
                    )
                )
            }
        }
        subscriptions.shuffle(using: &generator)
        snapshot = Snapshot(
            version: Int64(seed),
            targets: targets,
            tools: tools,
            tenants: tenants,
            keys: keys,
            subscriptions: subscriptions,
            pinSets: pinSets,
            scopes: chance(1, in: 2) ? nil : (0..<3).map { _ in some(4) }
        )
        var principals = keys.indices.map { Principal(tenant: keys[$0].tenant, key: $0) }
        for tenant in tenants.indices {
            for scopes in [0, 1, 2, 5, 7] as [UInt64] {
                let grant = TokenGrant(
                    scopes: ScopeSet(rawValue: scopes),
                    expiresAtMs: Int64.random(in: 400...1_000, using: &generator),
                    subject: Int64(scopes)
                )
                principals.append(Principal(tenant: tenant, credential: .token(grant)))
            }
        }
        self.principals = principals
    }
}
