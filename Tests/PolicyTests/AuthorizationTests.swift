import Policy
import Testing

struct AuthorizationTests {
    static let nowMs: Int64 = 1_000

    struct Row: Sendable, CustomTestStringConvertible {
        var tenant = TenantEntry.State.active
        var isRevoked = false
        var expiresAtMs: Int64?
        var allow: [String] = []
        var isTargetEnabled = true
        var tool = ToolEntry.State.active

        var testDescription: String {
            "tenant \(tenant), revoked \(isRevoked), expires \(expiresAtMs ?? -1), allow \(allow), "
                + "target \(isTargetEnabled), tool \(tool)"
        }

        var snapshot: Snapshot {
            Snapshot(
                version: 1,
                targets: [TargetEntry(id: 1, name: "aws", function: "f", isEnabled: isTargetEnabled)],
                tools: [PolicyTests.tool("aws___search", target: 0, state: tool)],
                tenants: [TenantEntry(id: 1, name: "acme", state: tenant)],
                keys: [
                    KeyEntry(
                        id: 1,
                        tenant: 0,
                        prefix: "abcdefgh",
                        hash: digest(1),
                        expiresAtMs: expiresAtMs,
                        isRevoked: isRevoked,
                        allow: allow.compactMap { NamePattern($0) }
                    )
                ]
            )
        }
    }

    /// Every combination of every state.
    static let rows: [Row] = {
        var rows: [Row] = []
        for tenant in [TenantEntry.State.active, .suspended] {
            for isRevoked in [false, true] {
                for expiresAtMs in [nil, nowMs - 1, nowMs, nowMs + 1] {
                    for allow in [[], ["aws___*"], ["other___*", "*search"], ["other___*"]] {
                        for isTargetEnabled in [true, false] {
                            for tool in [ToolEntry.State.active, .quarantined] {
                                rows.append(
                                    Row(
                                        tenant: tenant,
                                        isRevoked: isRevoked,
                                        expiresAtMs: expiresAtMs,
                                        allow: allow,
                                        isTargetEnabled: isTargetEnabled,
                                        tool: tool
                                    )
                                )
                            }
                        }
                    }
                }
            }
        }
        return rows
    }()

    @Test(arguments: rows)
    func `a tool is allowed only when nothing stands against it`(_ row: Row) {
        let isExpired = row.expiresAtMs.map { $0 <= Self.nowMs } ?? false
        let expected: Decision =
            if row.isRevoked {
                .hidden(.keyRevoked)
            } else if isExpired {
                .hidden(.keyExpired)
            } else if row.tenant == .suspended {
                .hidden(.tenantSuspended)
            } else if !row.isTargetEnabled {
                .hidden(.targetDisabled)
            } else if row.tool == .quarantined {
                .hidden(.toolQuarantined)
            } else if row.allow == ["other___*"] {
                .hidden(.outsideKeyPatterns)
            } else {
                .allowed
            }
        let principal = Principal(tenant: 0, key: 0)
        #expect(row.snapshot.authorize(principal, tool: 0, nowMs: Self.nowMs) == expected)

        let outcome: AuthenticationOutcome =
            if row.isRevoked {
                .revoked
            } else if isExpired {
                .expired
            } else if row.tenant == .suspended {
                .tenantSuspended
            } else {
                .authenticated(principal)
            }
        #expect(row.snapshot.authenticate(hash: digest(1), nowMs: Self.nowMs) == outcome)
        #expect(row.snapshot.authenticate(hash: digest(2), nowMs: Self.nowMs) == .unknown)
    }

    @Test(arguments: 0..<300)
    func `what is listed is what can be called, and equal views list the same`(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let snapshot = Self.randomSnapshot(using: &generator)
        var listOfView: [Int: [Int]] = [:]
        for (position, key) in snapshot.keys.enumerated() {
            guard case .authenticated(let principal) = snapshot.authenticate(hash: key.hash, nowMs: 500)
            else {
                continue
            }
            #expect(principal == Principal(tenant: key.tenant, key: position))
            let listed = snapshot.visibleTools(for: principal, nowMs: 500)
            let callable = snapshot.tools.compactMap { entry -> Int? in
                guard let tool = snapshot.tool(named: entry.exposedName) else { return nil }
                return snapshot.authorize(principal, tool: tool, nowMs: 500) == .allowed ? tool : nil
            }
            #expect(listed == callable)
            let view = snapshot.viewID(for: principal)
            #expect((0..<snapshot.viewCount).contains(view))
            #expect(listOfView[view, default: listed] == listed)
            listOfView[view] = listed
        }
    }

    private static func randomSnapshot(using generator: inout SeededGenerator) -> Snapshot {
        let targets = (0..<Int.random(in: 1...6, using: &generator)).map { index in
            TargetEntry(
                id: Int64(index),
                name: "t\(index)",
                function: "f",
                isEnabled: Int.random(in: 0..<4, using: &generator) > 0
            )
        }
        let tools = (0..<Int.random(in: 0...40, using: &generator)).map { index in
            let target = Int.random(in: targets.indices, using: &generator)
            let state: ToolEntry.State =
                Int.random(in: 0..<5, using: &generator) == 0 ? .quarantined : .active
            return PolicyTests.tool("t\(target)___tool\(index)", target: target, state: state)
        }
        let tenants = (0..<3).map { index in
            let state: TenantEntry.State =
                Int.random(in: 0..<4, using: &generator) == 0 ? .suspended : .active
            return TenantEntry(id: Int64(index), name: "tenant\(index)", state: state)
        }
        let patterns = ["*", "t0___*", "*1", "t?___tool?", "nothing", "t1___tool1*"].compactMap {
            NamePattern($0)
        }
        let keys = (0..<12).map { index in
            KeyEntry(
                id: Int64(index),
                tenant: Int.random(in: 0..<3, using: &generator),
                prefix: "p\(index)",
                hash: digest(index),
                expiresAtMs: Bool.random(using: &generator)
                    ? nil : Int64.random(in: 0...1_000, using: &generator),
                isRevoked: Int.random(in: 0..<5, using: &generator) == 0,
                allow: patterns.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
            )
        }
        return Snapshot(version: 1, targets: targets, tools: tools, tenants: tenants, keys: keys)
    }

    @Test func `one key's patterns in another order are the same view`() throws {
        let one = try #require(NamePattern("a___*"))
        let two = try #require(NamePattern("b___*"))
        let allows: [[NamePattern]] = [[], [one, two], [two, one], [one]]
        let snapshot = Snapshot(
            version: 1,
            targets: [],
            tools: [],
            tenants: [TenantEntry(id: 1, name: "acme")],
            keys: allows.enumerated().map { index, allow in
                KeyEntry(id: Int64(index), tenant: 0, prefix: "p\(index)", hash: digest(index), allow: allow)
            }
        )
        let views = (0..<4).map { snapshot.viewID(for: Principal(tenant: 0, key: $0)) }
        #expect(views == [0, 1, 1, 2])
        #expect(snapshot.viewCount == 3)
    }
}
