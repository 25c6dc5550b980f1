import Policy
import Store
import Testing

struct SnapshotTests {
    /// A change, and whether decisions or lists may be different after it.
    private struct Step {
        typealias Change = @Sendable (borrowing WriteTransaction) throws(StoreError) -> Void

        let name: String
        let matters: Bool
        let change: Change

        init(_ name: String, _ matters: Bool, _ change: @escaping Change) {
            self.name = name
            self.matters = matters
            self.change = change
        }
    }

    @Test func `a snapshot has the store's contents`() async throws {
        try await withStore { store in
            let acme = try TenantName("acme")
            let specs = try ["b", "a"].map { try TargetTests.spec($0) }
            let issued = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                for spec in specs {
                    let id = try write.addTarget(spec).id
                    let tools = [definition("z"), definition("m")]
                    _ = try write.applyRefresh(targetID: id, tools: tools, durationMs: 3)
                }
                try write.setTargetEnabled(specs[0].name, false)
                try write.createTenant(acme, title: "Acme")
                return try write.issueKey(for: acme, name: "laptop", expiresAtMs: 9_000)
            }
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.targets.map { $0.name } == ["a", "b"])
            #expect(snapshot.targets.map { $0.isEnabled } == [true, false])
            #expect(snapshot.targets.map { $0.toolCount } == [2, 2])
            #expect(snapshot.targets.map { $0.refreshedAtMs } == [1_000, 1_000])
            #expect(snapshot.tools.map { $0.exposedName } == ["a___m", "a___z", "b___m", "b___z"])
            #expect(snapshot.tools.map { $0.target } == [0, 0, 1, 1])
            #expect(snapshot.tools[0].definition == definition("m").json)
            #expect(snapshot.tools[0].sha256 == definition("m").sha256)
            #expect(snapshot.tenants.map { $0.title } == ["Acme"])
            #expect(snapshot.keys.map { $0.prefix } == [issued.record.prefix])
            #expect(snapshot.keys.map { $0.expiresAtMs } == [9_000])
            #expect(snapshot.key(hash: issued.key.hash) == 0)
            let tool = snapshot.tool(named: Array("a___z".utf8).span)
            #expect(tool == 1)
        }
    }

    @Test func `the version increases with every relevant change, and with no other`() async throws {
        try await withStore { store in
            let acme = try TenantName("acme")
            let spec = try TargetTests.spec("a")
            let id = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.addTarget(spec).id
            }
            let prefix = try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                try write.createTenant(acme)
                return try write.issueKey(for: acme).record.prefix
            }
            var version = try await store.loadSnapshot().version
            let steps = [
                Step("refresh adds", true) { write throws(StoreError) in
                    _ = try write.applyRefresh(targetID: id, tools: [definition("x")], durationMs: 1)
                },
                Step("refresh unchanged", false) { write throws(StoreError) in
                    _ = try write.applyRefresh(targetID: id, tools: [definition("x")], durationMs: 2)
                },
                Step("refresh updates", true) { write throws(StoreError) in
                    _ = try write.applyRefresh(targetID: id, tools: [definition("x", 1)], durationMs: 2)
                },
                Step("refresh fails", false) { write throws(StoreError) in
                    try write.recordRefreshFailure(targetID: id, message: "down")
                },
                Step("refresh removes", true) { write throws(StoreError) in
                    _ = try write.applyRefresh(targetID: id, tools: [], durationMs: 2)
                },
                Step("disable", true) { write throws(StoreError) in
                    try write.setTargetEnabled(try checked(TargetName("a")), false)
                },
                Step("disable again", false) { write throws(StoreError) in
                    try write.setTargetEnabled(try checked(TargetName("a")), false)
                },
                Step("same update", false) { write throws(StoreError) in try write.updateTarget(spec) },
                Step("suspend", true) { write throws(StoreError) in try write.suspendTenant(acme) },
                Step("suspend again", false) { write throws(StoreError) in try write.suspendTenant(acme) },
                Step("issue", true) { write throws(StoreError) in _ = try write.issueKey(for: acme) },
                Step("revoke", true) { write throws(StoreError) in try write.revokeKey(prefix: prefix) },
                Step("revoke again", false) { write throws(StoreError) in try write.revokeKey(prefix: prefix)
                },
                Step("remove", true) { write throws(StoreError) in
                    try write.removeTarget(try checked(TargetName("a")))
                },
            ]
            for step in steps {
                try await store.write(as: .cli(user: "test"), step.change)
                let after = try await store.loadSnapshot().version
                #expect((after > version) == step.matters, "\(step.name)")
                #expect(after >= version)
                version = after
            }
        }
    }

    @Test func `a write that throws changes nothing, not even the version`() async throws {
        try await withStore { store in
            let before = try await store.loadSnapshot().version
            let error = await #expect(throws: StoreError.self) {
                try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
                    try write.createTenant(try checked(TenantName("a")))
                    throw StoreError(.invalid, "changed my mind")
                }
            }
            #expect(error?.message == "changed my mind")
            let after = try await store.loadSnapshot()
            #expect(after.version == before)
            #expect(after.tenants.isEmpty)
        }
    }

    @Test func `ten thousand tools and keys are loaded completely`() async throws {
        try await withStore { store in
            try await fill(store, targets: 100, toolsEach: 100, tenants: 100, keysEach: 100)
            let clock = ContinuousClock()
            var shortest = Duration.seconds(1_000)
            for _ in 0..<3 {
                let start = clock.now
                let snapshot = try await store.loadSnapshot()
                shortest = min(shortest, clock.now - start)
                #expect(snapshot.tools.count == 10_000)
                #expect(snapshot.keys.count == 10_000)
            }
            // The budget is 100 ms for a release build on an idle machine; this check only finds a wrong order of
            // growth.
            #expect(shortest < .seconds(2), "\(shortest)")
        }
    }
}

func fill(_ store: Store, targets: Int, toolsEach: Int, tenants: Int, keysEach: Int) async throws {
    try await store.write(as: .cli(user: "test")) { write throws(StoreError) in
        for target in 0..<targets {
            let spec = TargetSpec(name: try checked(TargetName("target-\(target)")), function: "fn")
            let id = try write.addTarget(spec).id
            let tools = (0..<toolsEach).map { definition("tool_number_\($0)", 600) }
            _ = try write.applyRefresh(targetID: id, tools: tools, durationMs: 1)
        }
        for tenant in 0..<tenants {
            let name = try checked(TenantName("tenant-\(tenant)"))
            try write.createTenant(name)
            for _ in 0..<keysEach { _ = try write.issueKey(for: name) }
        }
    }
}
