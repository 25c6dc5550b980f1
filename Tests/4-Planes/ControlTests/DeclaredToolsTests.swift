import Config
import Contracts
import Control
import Crypto
import Model
import Policy
import Store
import Testing

/// Declared tools, some of them with their own function.
struct DeclaredToolsTests {
    private func declare(_ tools: String, _ store: Store::Store, pins: Bool = false) async throws {
        try await store.add(["many"]) {
            $0.function = ""
            $0.approval = .open
            $0.pinDefinitions = pins
            $0.toolsJSON = tools
        }
    }

    private func refresh(_ store: Store::Store) async throws -> CatalogRefresh.Report {
        let source = FakeSource([String: FakeSource.Pages]())
        let report = try await CatalogRefresh(store: store, source: source).run()[0]
        #expect(source.payloads.isEmpty && report.error == nil, "\(report.error ?? "")")
        return report
    }

    private func change(_ tools: String, _ store: Store::Store) async throws -> CatalogRefresh.Report {
        try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
            var spec = try writing.reading.target(try checked(TargetName("many"))).spec
            spec.toolsJSON = tools
            _ = try writing.updateTarget(spec)
        }
        return try await refresh(store)
    }

    @Test func `a tool's own function is stored for calls and isn't shown in its definition`() async throws {
        try await withStore { store in
            try await declare(
                #"""
                [{"name":"a","function":"fn-a","description":"A"},{"function":"arn:aws:lambda:eu-west-1:123456789012:function:b:live",
                "name":"b","inputSchema":{"type":"object","required":["x"]}}]
                """#,
                store
            )
            let report = try await refresh(store)
            #expect(
                report.counts == RefreshCounts(added: 2) && report.refused.isEmpty && report.noted.isEmpty
            )
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.targets.map { $0.function } == [""])
            #expect(
                snapshot.tools.map { $0.function } == [
                    "fn-a", "arn:aws:lambda:eu-west-1:123456789012:function:b:live",
                ]
            )
            let shown = snapshot.tools.map { String(decoding: $0.definition, as: UTF8.self) }
            #expect(
                shown == [
                    #"{"name":"a","description":"A","inputSchema":{"type":"object"}}"#,
                    #"{"name":"b","inputSchema":{"type":"object","required":["x"]}}"#,
                ]
            )
            let stored = try await store.read { reading throws(StoreError) in try reading.tools() }
            #expect(stored.map { $0.definition.function } == snapshot.tools.map { $0.function })
            #expect(
                String(decoding: stored[0].definition.json, as: UTF8.self).contains(#""function":"fn-a""#)
            )
            let target = try await store.target("many")
            #expect(target.health.tools.changedCount == 0)
            #expect(target.spec.functions == snapshot.tools.compactMap { $0.function })
        }
    }

    @Test func `moving an approved tool to another function quarantines it, and the diff shows why`()
        async throws
    {
        try await withStore { store in
            try await declare(
                #"[{"name":"a","function":"f"},{"name":"b","function":"f"}]"#,
                store,
                pins: true
            )
            _ = try await refresh(store)
            let report = try await change(
                #"[{"name":"a","function":"g"},{"name":"b","function":"f"}]"#,
                store
            )
            #expect(report.counts == RefreshCounts(updated: 1, unchanged: 1))
            var tools = try await store.loadSnapshot().tools
            #expect(
                tools.map { $0.state } == [.quarantined, .active] && tools.map { $0.function } == ["g", "f"]
            )
            let approval = try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                try writing.approveTool("many___a")
            }
            let diff = DefinitionDiff(from: approval.changes[0].previous, to: approval.tool.definition.json)
                .text
            #expect(
                diff.contains(#"-   "function": "f""#) && diff.contains(#"+   "function": "g""#),
                "\(diff)"
            )
            tools = try await store.loadSnapshot().tools
            #expect(tools.map { $0.state } == [.active, .active])
            // A change from the tool's own function to the target's is a change too.
            _ = try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                var spec = try writing.reading.target(try checked(TargetName("many"))).spec
                spec.function = "g"
                _ = try writing.updateTarget(spec)
            }
            let back = try await change(#"[{"name":"a"},{"name":"b","function":"f"}]"#, store)
            #expect(back.counts == RefreshCounts(updated: 1, unchanged: 1))
            tools = try await store.loadSnapshot().tools
            #expect(
                tools.map { $0.state } == [.quarantined, .active] && tools.map { $0.function } == [nil, "f"]
            )
        }
    }

    @Test func `a tool's hash covers its definition and, if it has one, its own function`()
        async throws
    {
        try await withStore { store in
            try await store.add(["one"]) { $0.toolsJSON = #"[{"name":"a","inputSchema":{"type":"object"}}]"# }
            try await store.add(["two"]) {
                $0.toolsJSON = #"[{"inputSchema":{"type":"object"},"function":"f","name":"a"}]"#
            }
            _ = try await CatalogRefresh(
                store: store,
                source: FakeSource([String: FakeSource.Pages]())
            ).run()
            let tools = try await store.loadSnapshot().tools
            let canonical = #"{"inputSchema":{"type":"object"},"name":"a"}"#
            #expect(tools[0].sha256 == SHA256.hash(canonical))
            #expect(tools[1].sha256 == SHA256.hash(canonical + "\0f"))
        }
    }

    @Test func `checking by other rules gives a tool with a function the same result as a refresh`()
        async throws
    {
        try await withStore { store in
            try await declare(#"[{"name":"a","function":"f","title":null}]"#, store)
            _ = try await refresh(store)
            let before = try await store.loadSnapshot().tools
            _ = try await store.write(as: .system) { writing throws(StoreError) in
                try writing.judgeTools(rules: 99) { _ in .served(Array("{}".utf8), notes: []) }
            }
            #expect(try await store.loadSnapshot().tools != before)
            let counts = try await CatalogJudgement.run(store: store, toolNameMax: 64)
            #expect(counts == JudgementCounts(judged: 1, changed: 1))
            #expect(try await store.loadSnapshot().tools == before)
            #expect(String(decoding: before[0].definition, as: UTF8.self).contains("function") == false)
        }
    }
}
