import Policy
import Store
import Testing

/// Aliases that are set by command.
struct AliasTests {
    @Test func `agents call a tool by its alias, and approvals stay valid`() async throws {
        try await withSubscribers { store in
            _ = try await store.subscribe()
            let events = try store.auditCount
            let change = try await store.alias("time___zone", "a-zone")
            #expect(change.previousName == "time___zone" && change.exposedName == "time___a-zone")
            #expect(try await store.visible() == ["time___a-zone", "time___now"])
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.tools.map { $0.name } == ["zone", "now"])
            #expect(snapshot.tool(named: "time___zone".utf8.span) == nil)
            // Setting the same alias again, for the tool's new name, changes nothing.
            try await store.alias("time___a-zone", "a-zone")
            #expect(try store.aliasEvents(after: events) == ["cli:alice tool.alias tool:time___zone"])
            try await store.alias("time___a-zone", "b-zone")
            #expect(try await store.visible() == ["time___b-zone", "time___now"])
            try await store.alias("time___zone", nil)
            #expect(try await store.visible() == ["time___now", "time___zone"])
            #expect(try store.query("SELECT count(*) FROM alias") == ["0"])
        }
    }

    @Test func `an alias is kept when its tool disappears, and applies again when the tool is back`()
        async throws
    {
        try await withSubscribers(approval: .open) { store in
            try await store.alias("time___zone", "z")
            try await store.refresh([definition("now")])
            #expect(try await store.visible() == ["time___now"])
            try await store.refresh([definition("now"), definition("zone")])
            #expect(try await store.visible() == ["time___now", "time___z"])
        }
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var tool = "time___zone"
        var alias: String? = "z"
        let kind: StoreError.Kind
        let text: String

        var testDescription: String { "\(tool) as \(alias ?? "itself")" }
    }

    @Test(arguments: [
        Refused(tool: "time___zone", alias: "now", kind: .conflict, text: "\"now\" has the name"),
        Refused(alias: "taken", kind: .conflict, text: "\"third\" has the name"),
        Refused(alias: "zone", kind: .invalid, text: "the tool's own name"),
        Refused(alias: "", kind: .invalid, text: "1 to 128"),
        Refused(alias: "two words", kind: .invalid, text: "1 to 128"),
        Refused(alias: "z\u{E9}", kind: .invalid, text: "1 to 128"),
        Refused(alias: "a/b", kind: .invalid, text: "1 to 128"),
        Refused(
            alias: String(repeating: "z", count: 58),
            kind: .invalid,
            text: "65 characters, more than 64"
        ),
        Refused(tool: "time___nothing", kind: .notFound, text: "lists no tool \"nothing\""),
        Refused(tool: "space___zone", kind: .notFound, text: "no target space"),
        Refused(tool: "zone", kind: .invalid, text: "target___tool"),
        Refused(tool: "time___zone", alias: nil, kind: .notFound, text: "has no alias"),
        // By now, the tool's own name belongs to another tool.
        Refused(tool: "time___fourth", alias: nil, kind: .conflict, text: "the alias of \"fifth\""),
    ])
    func `an invalid alias is refused, and changes nothing`(_ row: Refused) async throws {
        try await withSubscribers { store in
            try await store.refresh(["now", "zone", "third", "fourth", "fifth"].map { definition($0) })
            try await store.alias("time___third", "taken")
            try await store.alias("time___fourth", "four")
            try await store.alias("time___fifth", "fourth")
            let before = try store.query("SELECT tool_name || alias FROM alias ORDER BY 1")
            let refusal = await refusal { try await store.alias(row.tool, row.alias) }
            #expect(refusal?.kind == row.kind)
            #expect(refusal?.message.contains(row.text) == true || refusal?.hint.contains(row.text) == true)
            #expect(try store.query("SELECT tool_name || alias FROM alias ORDER BY 1") == before)
        }
    }

    @Test func `two tools may exchange names by way of a third name`() async throws {
        try await withSubscribers { store in
            _ = try await store.subscribe()
            try await store.alias("time___now", "free")
            try await store.alias("time___zone", "now")
            // The tool is named by the target's own name, although that is the other tool's alias.
            try await store.alias("time___now", "zone")
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.tools.map { $0.exposedName } == ["time___now", "time___zone"])
            #expect(snapshot.tools.map { $0.name } == ["zone", "now"])
            #expect(try await store.visible() == ["time___now", "time___zone"])
        }
    }

    @Test func `a tool is found, approved and quarantined by the name that agents use`() async throws {
        try await withSubscribers { store in
            _ = try await store.subscribe()
            try await store.alias("time___now", "clock")
            let old = await refusal {
                try await store.change { write throws(StoreError) in try write.quarantineTool("time___now") }
            }
            #expect(old?.kind == .notFound && old?.hint == "it is exposed as time___clock")
            try await store.change { write throws(StoreError) in try write.quarantineTool("time___clock") }
            #expect(try await store.visible() == ["time___zone"])
            try await store.change { write throws(StoreError) in try write.approveTool("time___clock") }
            try await store.refresh([definition("now", 1), definition("zone")])
            #expect(try await store.visible() == ["time___zone"])
            let waiting = try await store.read { read throws(StoreError) in
                try read.pendingApprovals(nowMs: 1_000)
            }
            #expect(waiting.map { $0.exposedName } == ["time___clock"])
            let approval = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___clock")
            }
            #expect(approval.changes.map { $0.previousName } == ["time___clock"])
            #expect(try await store.visible() == ["time___clock", "time___zone"])
        }
    }

    @Test func `patterns of permissions and subscriptions match the name that agents use`() async throws {
        try await withSubscribers { store in
            _ = try await store.subscribe(tools: ["time___now"])
            #expect(try await store.visible() == ["time___now"])
            try await store.alias("time___now", "clock")
            #expect(try await store.visible().isEmpty)
            try await store.alias("time___zone", "now")
            #expect(try await store.visible() == ["time___now"])
            let deny = try #require(NamePattern("*___now"))
            try await store.change { write throws(StoreError) in
                try write.addPermission(.deny, deny, to: try .acme)
            }
            #expect(try await store.visible().isEmpty)
        }
    }

    @Test func `a tool that can't be exposed by its own name is refused when its alias is removed`()
        async throws
    {
        try await withSubscribers(approval: .open) { store in
            let long = String(repeating: "n", count: 60)
            try await store.refresh([definition("now"), definition(long)])
            try await store.alias("time___\(long)", "n")
            #expect(try await store.visible() == ["time___n", "time___now"])
            try await store.alias("time___n", nil)
            #expect(try await store.visible() == ["time___now"])
            let refused = try await store.read { read throws(StoreError) in try read.refusedTools() }
            #expect(refused.map { $0.exposedName } == ["time___\(long)"])
            #expect(refused[0].tool.reason.contains("67 characters, more than 64"))
            let health = try await store.loadSnapshot().targets[0].health.tools
            #expect(health.refusedCount == 1 && health.refusals.map { $0.tool } == [long])
        }
    }

    @Test func `usage is stored by the target's tool names and shown by the names that agents use`()
        async throws
    {
        try await withSubscribers { store in
            try await store.change { write throws(StoreError) in
                let tenant = try write.reading.tenant(try .acme, nowMs: 0).id
                try write.addUsage([
                    UsageDelta(
                        day: "2026-11-29",
                        tenantID: tenant,
                        keyID: 0,
                        target: "time",
                        tool: "now",
                        calls: 2,
                        errors: 0,
                        limited: 0,
                        durationUs: 1
                    )
                ])
            }
            func names() async throws -> [String] {
                try await store.read { read throws(StoreError) in try read.usage(UsageQuery(by: [.tool])) }
                    .rows.map { $0.name }
            }
            #expect(try await names() == ["time___now"])
            try await store.alias("time___now", "clock")
            #expect(try await names() == ["time___clock"])
        }
    }
}

extension Store {
    func aliasEvents(after: Int) throws -> [String] {
        try audited(after: after).filter { $0.contains(" tool.alias ") }
    }

    @discardableResult
    func alias(_ tool: String, _ alias: String?) async throws -> AliasChange {
        try await write(as: .alice) { write throws(StoreError) in
            try write.setAlias(alias, of: tool, toolNameMax: 64)
        }
    }
}
