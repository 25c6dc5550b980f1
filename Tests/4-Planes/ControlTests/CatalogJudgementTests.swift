import Bytes
import Control
import Policy
import Store
import Testing

struct CatalogJudgementTests {
    @Test func `tools stored by an older version are checked by the present rules, and approvals stay`()
        async throws
    {
        try await withStore { store in
            try await store.add(["alpha"])
            let forms = [
                "good": #"{"name":"good","inputSchema":{"type":"object"}}"#,
                "odd":
                    #"{"name":"odd","annotations":"x","outputSchema":{"type":"strin"},"inputSchema":{"type":"object"}}"#,
                "bad": #"{"name":"bad","inputSchema":{"type":"object","required":"a"}}"#,
                "half": #"{"name":"half","description":"\ud800","inputSchema":{"type":"object"}}"#,
            ]
            let hash = try #require(Digest([UInt8](repeating: 7, count: 32)))
            let tools = forms.keys.sorted().map {
                ToolDefinition(name: $0, json: Array((forms[$0] ?? "").utf8), sha256: hash)
            }
            try await store.write(as: .system) { write throws(StoreError) in
                let id = try write.reading.target(try checked(TargetName("alpha"))).id
                _ = try write.applyRefresh(targetID: id, tools: tools, durationMs: 1)
            }
            let counts = try await CatalogJudgement.run(store: store, toolNameMax: 64)
            #expect(counts == JudgementCounts(judged: 4, changed: 1, refused: 2))
            let snapshot = try await store.loadSnapshot()
            #expect(snapshot.tools.map { $0.name } == ["good", "odd"])
            #expect(snapshot.tools.allSatisfy { $0.sha256 == hash && $0.state == .active })
            let served = String(decoding: snapshot.tools[1].definition, as: UTF8.self)
            #expect(served == #"{"name":"odd","inputSchema":{"type":"object"}}"#)
            let (refused, records) = try await store.read { read throws(StoreError) in
                (try read.refusedTools().map { $0.tool }, try read.tools())
            }
            #expect(refused.map { $0.name } == ["bad", "half"])
            #expect(refused.map { $0.member } == ["inputSchema.required", "description"])
            #expect(records[1].definition.json == tools[3].json)
            #expect(records[1].definition.notes.map { $0.member } == ["annotations", "outputSchema"])
            #expect(try await CatalogJudgement.run(store: store, toolNameMax: 64) == JudgementCounts())
        }
    }

    @Test func `a refusal names the member, and only new ones are reported as new`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            let source = FakeSource([
                "alpha": page([
                    #"{"name":"bad","inputSchema":{"type":"object","properties":{"a":5}}}"#,
                    #"{"name":"a.b","title":3,"inputSchema":{"type":"object"}}"#,
                ])
            ])
            let report = try await CatalogRefresh(store: store, source: source).run()[0]
            #expect(report.refused.map { $0.member } == ["inputSchema.properties.a"])
            #expect(report.newlyRefused == report.refused)
            #expect(
                report.noted.map { $0.note.member } == ["title", "name"] && report.newlyNoted == report.noted
            )
            let again = try await CatalogRefresh(store: store, source: source).run()[0]
            #expect(again.newlyRefused.isEmpty && again.newlyNoted.isEmpty && again.refused == report.refused)
        }
    }

    @Test func `a dot in an exposed name causes a note, and an alias without a dot removes it`()
        async throws
    {
        try await withStore { store in
            try await store.add(["alpha"])
            let hash = try #require(Digest([UInt8](repeating: 7, count: 32)))
            let tools = ["a.b", "c.d"].map { name in
                let json = #"{"name":"\#(name)","inputSchema":{"type":"object"}}"#
                return ToolDefinition(name: name, json: Array(json.utf8), sha256: hash)
            }
            try await store.write(as: .system) { write throws(StoreError) in
                let id = try write.reading.target(try checked(TargetName("alpha"))).id
                _ = try write.applyRefresh(targetID: id, tools: tools, durationMs: 1)
                try write.setAlias("c-d", of: "alpha___c.d", toolNameMax: 64)
            }
            _ = try await CatalogJudgement.run(store: store, toolNameMax: 64)
            let notes = try await store.read { read throws(StoreError) in
                try read.tools().map { $0.definition.notes }
            }
            #expect(notes.map { $0.count } == [1, 0])
            #expect(notes[0].first?.member == "name" && notes[0].first?.isLeftOut == false)
            #expect(notes[0].first?.reason.contains("tool alias alpha___a.b NAME") == true)
        }
    }
}
