import Bytes
import MCP
import Model
import Policy
import Store
import Testing

/// Prompts and resources in the catalog: the rules are those of tools.
struct CatalogKindTests {
    private static func entry(_ kind: CatalogKind, _ ownName: String, _ content: Int = 0)
        -> Model::ToolDefinition
    {
        var entry = definition(kind.catalogName(ownName), content)
        entry.kind = kind
        return entry
    }

    /// Everything that a key of acme's sees, of any kind.
    private static func seen(_ store: Store) async throws -> [String] {
        let issued = try await store.write(as: .alice) { write throws(StoreError) in
            try write.issueKey(for: try TenantName.acme)
        }
        let snapshot = try await store.loadSnapshot()
        let key = snapshot.key(hash: issued.key.hash) ?? 0
        let principal = Principal(tenant: snapshot.keys[key].tenant, key: key)
        return CatalogKind.allCases.flatMap { kind in
            snapshot.visibleEntries(of: kind, for: principal, nowMs: 1_000).map {
                snapshot.tools[$0].exposedName
            }
        }
    }

    private static func refresh(
        _ store: Store,
        _ entries: [Model::ToolDefinition],
        refused: [RefusedTool] = [],
        kinds: Set<CatalogKind> = Set(CatalogKind.allCases)
    ) async throws -> RefreshOutcome {
        try await store.write(as: .system) { write throws(StoreError) in
            let id = try write.reading.target(try TargetName.time).id
            return try write.applyRefresh(
                targetID: id,
                tools: entries,
                refused: refused,
                kinds: kinds,
                durationMs: 1
            )
        }
    }

    private static let all = [
        definition("now"), definition("zone"), entry(.prompt, "now"), entry(.resource, "file:///a"),
        entry(.template, "file:///{b}"), entry(.instructions, ""),
    ]

    @Test func `one name may be a tool's and a prompt's, and each kind is counted by itself`() async throws {
        try await withSubscribers(approval: .open) { store in
            let outcome = try await Self.refresh(store, Self.all)
            #expect(outcome.counts == RefreshCounts(added: 4, unchanged: 2))
            #expect(
                try await Self.seen(store) == [
                    "time___now", "time___zone", "time___prompt:now", "time___resource:file:///a",
                    "time___template:file:///{b}", "time___instructions:",
                ]
            )
            let (target, tools, prompts) = try await store.read { read throws(StoreError) in
                (
                    try read.target(try TargetName.time), try read.tools(),
                    try read.tools(kinds: [.prompt, .template])
                )
            }
            #expect(target.toolCount == 2 && target.counts.prompts == 1)
            #expect(target.counts.resources == 1 && target.counts.templates == 1)
            #expect(tools.map { $0.name } == ["now", "zone"])
            #expect(prompts.map { $0.name } == ["prompt:now", "template:file:///{b}"])
        }
    }

    @Test func `a refresh of some kinds leaves the others, served and refused, as they are`() async throws {
        try await withSubscribers(approval: .open) { store in
            let odd = RefusedTool(name: "prompt:odd", member: "name", reason: "is odd")
            _ = try await Self.refresh(store, Self.all, refused: [odd])
            _ = try await Self.refresh(store, [definition("zone")], kinds: [.tool])
            #expect(try await Self.seen(store).count == 5)
            let refused = try await store.read { read throws(StoreError) in try read.refusedTools() }
            #expect(refused.map { $0.tool } == [odd])
            _ = try await Self.refresh(store, [], kinds: [.prompt, .resource])
            #expect(
                try await Self.seen(store) == [
                    "time___zone", "time___template:file:///{b}", "time___instructions:",
                ]
            )
            #expect(try await store.read { read throws(StoreError) in try read.refusedTools() }.isEmpty)
        }
    }

    @Test func `a prompt or a resource that is new or changed waits for approval as a tool does`()
        async throws
    {
        try await withSubscribers { store in
            // Approved with the tools alone, before the target served anything else.
            _ = try await store.subscribe()
            _ = try await Self.refresh(store, Self.all)
            #expect(try await Self.seen(store) == ["time___now", "time___zone"])
            let waiting = try await store.read { read throws(StoreError) in
                try read.pendingApprovals(nowMs: 1_000)
            }
            #expect(
                waiting.map { $0.exposedName } == [
                    "time___instructions:", "time___prompt:now", "time___resource:file:///a",
                    "time___template:file:///{b}",
                ]
            )
            for name in ["time___prompt:now", "time___instructions:"] {
                try await store.change { write throws(StoreError) in _ = try write.approveTool(name) }
            }
            #expect(
                try await Self.seen(store) == [
                    "time___now", "time___zone", "time___prompt:now", "time___instructions:",
                ]
            )
            var changed = Self.all
            changed[2] = Self.entry(.prompt, "now", 1)
            _ = try await Self.refresh(store, changed)
            #expect(
                try await Self.seen(store) == ["time___now", "time___zone", "time___instructions:"]
            )
            let approval = try await store.write(as: .alice) { write throws(StoreError) in
                try write.approveTool("time___prompt:now")
            }
            #expect(approval.changes.map { $0.previous } == [Self.all[2].json])
        }
    }

    @Test func `an operator's quarantine of a prompt is not its tool's, and outlives a refresh`() async throws
    {
        try await withSubscribers(approval: .open) { store in
            _ = try await Self.refresh(store, Self.all)
            try await store.change { write throws(StoreError) in try write.quarantineTool("time___prompt:now")
            }
            _ = try await Self.refresh(store, Self.all.filter { $0.kind != .prompt })
            _ = try await Self.refresh(store, Self.all)
            let seen = try await Self.seen(store)
            #expect(seen.contains("time___now") && !seen.contains("time___prompt:now"))
        }
    }

    @Test func `a prompt gets an alias among prompts, and a resource keeps its URI`() async throws {
        try await withSubscribers(approval: .open) { store in
            _ = try await Self.refresh(store, Self.all)
            try await store.change { write throws(StoreError) in
                _ = try write.setAlias("prompt:zone", of: "time___prompt:now", toolNameMax: 64)
            }
            let snapshot = try await store.loadSnapshot()
            let prompt = snapshot.prompt(named: "time___zone".utf8.span)
            #expect(prompt.map { snapshot.tools[$0].name } == "prompt:now")
            #expect(try await Self.seen(store).contains("time___zone"))
            for (alias, name, words) in [
                ("zone", "time___prompt:now", "give it as prompt:NAME"),
                ("prompt:x", "time___now", "without a colon"),
                ("resource:x", "time___resource:file:///a", "keeps its URI"),
                ("prompt:a b", "time___prompt:now", "letters, digits"),
            ] {
                let refused = await refusal {
                    try await store.change { write throws(StoreError) in
                        _ = try write.setAlias(alias, of: name, toolNameMax: 64)
                    }
                }
                #expect(refused?.description.contains(words) == true, "\(refused as Any)")
            }
        }
    }

    @Test func `what a target serves is kept with it, and audited`() async throws {
        try await withSubscribers { store in
            #expect(
                try await store.read { read throws(StoreError) in try read.target(try .time) }.spec.serves
                    == nil
            )
            for serves: [ServedFamily]? in [[.resources, .tools], nil] {
                try await store.change { write throws(StoreError) in
                    var spec = try write.reading.target(try .time).spec
                    spec.serves = serves
                    _ = try write.updateTarget(spec)
                }
                let found = try await store.read { read throws(StoreError) in try read.target(try .time) }
                #expect(found.spec.serves == serves.map { _ in [.tools, .resources] })
            }
            let events = try await store.events()
            #expect(
                events[1].after?.contains(#""serves":["tools","resources"]"#) == true,
                "\(events[1].after ?? "")"
            )
        }
    }
}
