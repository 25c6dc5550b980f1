import Policy
import Store
import Testing

struct ServedDefinitionTests {
    private static let served = Array(#"{"name":"x"}"#.utf8)
    private static let note = ToolNote(member: "annotations", reason: "must be an object", isLeftOut: true)

    private func addTarget(_ store: Store, _ name: String = "a") async throws -> Int64 {
        let spec = try TargetTests.spec(name)
        return try await store.writing { write throws(StoreError) in try write.addTarget(spec).id }
    }

    private func refresh(
        _ store: Store,
        _ id: Int64,
        _ tools: [ToolDefinition],
        _ refused: [RefusedTool] = []
    ) async throws -> RefreshOutcome {
        try await store.writing { write throws(StoreError) in
            try write.applyRefresh(targetID: id, tools: tools, refused: refused, durationMs: 1)
        }
    }

    private func repaired(_ name: String = "x", notes: [ToolNote] = [note], rules: Int = 1) -> ToolDefinition
    {
        var tool = definition(name)
        (tool.served, tool.notes, tool.rules) = (Self.served, notes, rules)
        return tool
    }

    @Test func `lists have the served form; hashes and records keep the form that the target sent`()
        async throws
    {
        try await withStore { store in
            let id = try await addTarget(store)
            let outcome = try await refresh(store, id, [repaired(), definition("y")])
            #expect(outcome.counts == RefreshCounts(added: 2))
            #expect(outcome.newlyNoted == [NotedTool(name: "x", note: Self.note)])
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.tools.map { $0.definition } == [Self.served, definition("y").json])
            #expect(snapshot.tools[0].sha256 == definition("x").sha256)
            let records = try await store.read { read throws(StoreError) in try read.tools() }
            #expect(records.map { $0.definition } == [repaired(), definition("y")])
        }
    }

    @Test func `a refresh without changes writes nothing and reports nothing new`() async throws {
        try await withStore { store in
            let id = try await addTarget(store)
            let refused = [RefusedTool(name: "bad", member: "inputSchema", reason: "it is missing")]
            _ = try await refresh(store, id, [repaired()], refused)
            let before = try await store.loadSnapshot().version
            let again = try await refresh(store, id, [repaired()], refused)
            #expect(again == RefreshOutcome(counts: RefreshCounts(unchanged: 1)))
            #expect(try await store.loadSnapshot().version == before)
        }
    }

    @Test
    func `a new served form of the same definition is a change of the catalog, new notes are not`()
        async throws
    {
        try await withStore { store in
            let id = try await addTarget(store)
            _ = try await refresh(store, id, [repaired()])
            let before = try await store.loadSnapshot().version
            let other = ToolNote(member: "name", reason: "holds a dot", isLeftOut: false)
            let noted = try await refresh(store, id, [repaired(notes: [Self.note, other], rules: 2)])
            #expect(noted.newlyNoted == [NotedTool(name: "x", note: other)])
            #expect(try await store.loadSnapshot().version == before)
            let plain = try await refresh(store, id, [definition("x")])
            #expect(plain == RefreshOutcome(counts: RefreshCounts(unchanged: 1)))
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.version == before + 1)
            #expect(snapshot.tools[0].definition == definition("x").json)
        }
    }

    @Test func `refused tools are those of the last refresh, each with the time of its first refusal`()
        async throws
    {
        let clock = TestClock(100)
        try await withStore(clock: clock.read) { store in
            let id = try await addTarget(store)
            let (one, two, three) = (
                RefusedTool(name: "one", member: "name", reason: "too long"),
                RefusedTool(name: "two", member: "", reason: "odd"),
                RefusedTool(name: "one", member: "name", reason: "wrong")
            )
            let first = try await refresh(store, id, [], [two, one, one])
            #expect(first.newlyRefused == [two, one])
            clock.set(200)
            let second = try await refresh(store, id, [], [two, three])
            #expect(second.newlyRefused == [three])
            let stored = try await store.read { read throws(StoreError) in
                try read.refusedTools(of: try checked(TargetName("a")))
            }
            #expect(stored.map { $0.tool } == [three, two])
            #expect(stored.map { $0.firstSeenAtMs } == [200, 100])
            #expect(stored[0].exposedName == "a___one")
            try await store.writing { write throws(StoreError) in
                try write.removeTarget(try checked(TargetName("a")))
            }
            #expect(try await store.read { read throws(StoreError) in try read.refusedTools() }.isEmpty)
        }
    }

    @Test func `a target's refused tools are limited in number and length`() async throws {
        try await withStore { store in
            let id = try await addTarget(store)
            let long = String(repeating: "é", count: 5_000)
            let refused = (0..<3_000).map { RefusedTool(name: "\($0)", member: long, reason: long) }
            let outcome = try await refresh(store, id, [], refused)
            #expect(outcome.newlyRefused.count == RefusedTool.countMax)
            let stored = try await store.read { read throws(StoreError) in try read.refusedTools() }
            #expect(stored.count == RefusedTool.countMax)
            #expect(stored.allSatisfy { $0.tool.reason.count == RefusedTool.textLengthMax })
            #expect(try await refresh(store, id, [], refused).newlyRefused.isEmpty)
        }
    }

    @Test func `tools checked by older rules are checked again, without a new refresh or approval`()
        async throws
    {
        try await withStore { store in
            let id = try await addTarget(store)
            _ = try await refresh(
                store,
                id,
                [definition("x"), definition("y"), definition("z"), repaired("new", rules: 7)]
            )
            #expect(
                try await store.read { read throws(StoreError) in
                    try read.hasToolsJudged(byOtherRulesThan: 7)
                }
            )
            let counts = try await store.writing { write throws(StoreError) in
                try write.judgeTools(rules: 7) { tool in
                    switch tool.name {
                    case "x": .served(Self.served, notes: [Self.note])
                    case "y": .refused(RefusedTool(name: "y", member: "inputSchema", reason: "wrong"))
                    default: .served(nil, notes: [])
                    }
                }
            }
            #expect(counts == JudgementCounts(judged: 3, changed: 1, refused: 1))
            let (isOld, refused, records) = try await store.read { read throws(StoreError) in
                (
                    try read.hasToolsJudged(byOtherRulesThan: 7),
                    try read.refusedTools().map { $0.tool.name },
                    try read.tools()
                )
            }
            #expect(!isOld && refused == ["y"])
            #expect(records.map { $0.name } == ["x", "z", "new"])
            #expect(records[0].definition == repaired(rules: 7))
            #expect(records.allSatisfy { $0.state == .active })
            let again = try await store.writing { write throws(StoreError) in
                try write.judgeTools(rules: 7) { _ in .served(nil, notes: []) }
            }
            #expect(again == JudgementCounts())
        }
    }

    @Test(arguments: ["gateway", "lambda"])
    func `the names that the gateway keeps for itself are refused for new targets`(_ name: String)
        async throws
    {
        try await withStore { store in
            let error = await #expect(throws: StoreError.self) { try await addTarget(store, name) }
            #expect(error?.kind == .invalid && error?.message.contains("kept for the gateway itself") == true)
        }
    }

    @Test func `allow_hidden is kept with the target, and audited`() async throws {
        try await withStore { store in
            var spec = try TargetTests.spec("a")
            spec.allowsHidden = true
            let declared = spec
            let stored = try await store.writing { write throws(StoreError) in try write.addTarget(declared) }
            #expect(stored.spec.allowsHidden)
            #expect(try await store.events().first?.after?.contains(#""allowHidden":true"#) == true)
        }
    }
}
