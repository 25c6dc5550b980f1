import Policy
import Store
import Testing

/// Aliases that a target's file declares.
struct FileAliasTests {
    @Test func `a file's aliases are added and removed with its lines, and each change is audited`()
        async throws
    {
        try await withFileTarget(approval: .open) { store in
            let events = try store.auditCount
            #expect(try await store.declare(["zone": "z"]) == .updated)
            #expect(try await store.visible() == ["time___now", "time___z"])
            #expect(try await store.declare(["zone": "z"]) == .unchanged)
            #expect(try await store.declare(["zone": "y", "now": "n"]) == .updated)
            #expect(try await store.visible() == ["time___n", "time___y"])
            #expect(try await store.declare([:]) == .updated)
            #expect(try await store.visible() == ["time___now", "time___zone"])
            #expect(
                try store.aliasEvents(after: events) == [
                    "system tool.alias tool:time___zone", "system tool.alias tool:time___now",
                    "system tool.alias tool:time___zone", "system tool.alias tool:time___now",
                    "system tool.alias tool:time___zone",
                ]
            )
            try await store.declare(["zone": "z"])
            try await store.change { write throws(StoreError) in _ = try write.syncFileTargets([]) }
            #expect(try store.query("SELECT count(*) FROM alias") == ["0"])
        }
    }

    @Test func `approved tools whose names a file swaps need a new approval`() async throws {
        try await withFileTarget { store in
            _ = try await store.subscribe()
            #expect(try await store.visible() == ["time___now", "time___zone"])
            try await store.declare(["now": "zone", "zone": "now"])
            #expect(try await store.visible().isEmpty)
            let waiting = try await store.read { read throws(StoreError) in
                try read.pendingApprovals(nowMs: 1_000)
            }
            #expect(waiting.map { $0.exposedName } == ["time___now", "time___zone"])
            #expect(waiting.allSatisfy { $0.subscriptions.map { $0.isChange } == [true] })
            let approval = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___now")
            }
            #expect(approval.tool.name == "zone")
            #expect(approval.changes.map { $0.previousName } == ["time___zone"])
            #expect(approval.changes.map { $0.previousSHA256 } == [definition("zone").sha256])
            #expect(try await store.visible() == ["time___now"])
            // With the original names, the first approval of `now` holds again; that of `zone` under the name `now`
            // doesn't.
            try await store.declare([:])
            #expect(try await store.visible() == ["time___now"])
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.tools.map { $0.name } == ["now", "zone"])
        }
    }

    @Test func `explain says that an approval doesn't hold for a new name`() async throws {
        try await withFileTarget { store in
            let id = try await store.subscribe()
            try await store.declare(["zone": "z"])
            let issued = try await store.write(as: .alice) { write throws(StoreError) in
                try write.issueKey(for: try .acme)
            }
            let fresh = try await store.loadSnapshot()
            let tool = try #require(fresh.tools.firstIndex { $0.exposedName == "time___z" })
            let key = try #require(fresh.key(hash: issued.key.hash))
            let principal = Principal(tenant: fresh.keys[key].tenant, key: key)
            #expect(
                fresh.explain(principal, tool: tool, nowMs: 1_000).rule
                    == .definitionNotApproved(subscription: id)
            )
            #expect(fresh.authorize(principal, tool: tool, nowMs: 1_000) == .hidden)
        }
    }

    @Test func `an open target with pinned definitions holds back tools that its file renames`() async throws
    {
        try await withFileTarget(approval: .open, pins: true) { store in
            try await store.declare(["zone": "z"], approval: .open, pins: true)
            #expect(try await store.visible() == ["time___now"])
            let approval = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___z")
            }
            #expect(approval.changes.map { $0.previousName } == ["time___zone"])
            #expect(try await store.visible() == ["time___now", "time___z"])
        }
    }

    @Test func `a file's alias takes precedence over another tool's own name`() async throws {
        try await withFileTarget(approval: .open) { store in
            try await store.declare(["zone": "now"])
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.tools.map { $0.exposedName } == ["time___now"])
            #expect(snapshot.tools.map { $0.name } == ["zone"])
            let refused = try await store.read { read throws(StoreError) in try read.refusedTools() }
            #expect(refused.map { $0.tool.name } == ["now"])
        }
    }

    @Test func `a file's alias takes precedence over a command's, and no command can change it`() async throws
    {
        try await withFileTarget(approval: .open) { store in
            try await store.alias("time___now", "n")
            try await store.alias("time___zone", "z")
            // First another alias of the same tool, then the alias of another tool.
            try await store.declare(["now": "clock"])
            #expect(try await store.visible() == ["time___clock", "time___z"])
            try await store.declare(["now": "z"])
            #expect(try await store.visible() == ["time___z", "time___zone"])
            for alias in ["n", nil] {
                let refusal = await refusal { try await store.alias("time___now", alias) }
                #expect(refusal?.kind == .conflict)
                #expect(refusal?.message.contains("declared in \"targets/time/target.toml\"") == true)
            }
        }
    }

    @Test(arguments: [
        ["now": "two words"], ["now": ""], ["now": "x", "zone": "x"], ["": "x"], ["a\nb": "x"],
    ])
    func `invalid aliases are refused together with the target`(_ aliases: [String: String]) async throws {
        try await withFileTarget { store in
            let refusal = await refusal { try await store.declare(aliases) }
            #expect(refusal?.kind == .invalid)
            #expect(refusal?.message.hasPrefix("target time: ") == true)
        }
    }
}

private enum Synced { case added, updated, unchanged }

extension Store {
    @discardableResult
    fileprivate func declare(
        _ aliases: [String: String],
        approval: Approval = .open,
        pins: Bool? = nil
    ) async throws -> Synced {
        let found = try await read { read throws(StoreError) in
            try read.targets().first { $0.name.text == "time" }
        }
        let spec = TargetSpec(
            name: try .time,
            function: "fn",
            approval: found?.spec.approval ?? approval,
            pinDefinitions: found?.spec.pinDefinitions ?? pins,
            filePath: "targets/time/target.toml",
            aliases: aliases
        )
        let sync = try await write(as: .system) { write throws(StoreError) in
            try write.syncFileTargets([spec])
        }
        if let refusal = sync.refused.first { throw StoreError.rejected(refusal.error) }
        return sync.unchanged.isEmpty ? sync.added.isEmpty ? .updated : .added : .unchanged
    }
}

/// Like `withSubscribers`, but a file declares the target.
private func withFileTarget(
    approval: Approval = .required,
    pins: Bool? = nil,
    _ body: (Store) async throws -> Void
) async throws {
    let clock = TestClock(1_000)
    try await withStore(clock: clock.read) { store in
        try await store.change { write throws(StoreError) in
            try write.createTenant(.acme)
            try write.createTenant(.globex)
        }
        try await store.declare([:], approval: approval, pins: pins)
        try await store.refresh([definition("now"), definition("zone")])
        try await body(store)
    }
}
