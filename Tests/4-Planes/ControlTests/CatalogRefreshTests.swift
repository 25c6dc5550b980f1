import Control
import EventLoop
import Model
import Policy
import Store
import Synchronization
import Testing

struct CatalogRefreshTests {
    @Test func `a refresh stores the listed tools, and counts what changed`() async throws {
        try await withStore { store in
            try await store.add(["alpha", "beta"])
            let first = FakeSource(["alpha": page([tool("a"), tool("b")]), "beta": page([])])
            let reports = try await CatalogRefresh(store: store, source: first).run()
            #expect(reports.map { $0.name } == ["alpha", "beta"])
            #expect(reports[0].counts == RefreshCounts(added: 2))
            #expect(reports.allSatisfy { $0.error == nil && $0.refused.isEmpty })
            #expect(try await store.toolNames() == ["alpha___a", "alpha___b"])

            let second = FakeSource([
                "alpha": page([tool("b", "Something else."), tool("c")]), "beta": page([]),
            ])
            let again = try await CatalogRefresh(store: store, source: second).run()
            #expect(again[0].counts == RefreshCounts(added: 1, updated: 1, removed: 1))
        }
    }

    @Test func `a tool refused for its name is served after it gets an alias`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            let long = String(repeating: "n", count: 60)
            let source = FakeSource([
                "alpha": page([tool("a"), tool(long), tool("docs/read"), tool("short")])
            ])
            let refresh = CatalogRefresh(store: store, source: source)
            let first = try await refresh.run()[0]
            #expect(first.refused.map { $0.name } == [long, "docs/read"])
            for (tool, alias) in [(long, "n"), ("docs/read", "docs-read")] {
                try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                    _ = try writing.setAlias(alias, of: "alpha___\(tool)", toolNameMax: 64)
                }
            }
            let second = try await refresh.run()[0]
            #expect(second.refused.isEmpty && second.counts == RefreshCounts(added: 2, unchanged: 2))
            #expect(
                try await store.toolNames() == [
                    "alpha___a", "alpha___n", "alpha___docs-read", "alpha___short",
                ]
            )
            #expect(try await store.read { read throws(StoreError) in try read.refusedTools() }.isEmpty)
        }
    }

    @Test func `a new tool named like another tool's alias is refused`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            _ = try await CatalogRefresh(store: store, source: FakeSource(["alpha": page([tool("a")])])).run()
            try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                _ = try writing.setAlias("b", of: "alpha___a", toolNameMax: 64)
            }
            // Also while the tool with the alias isn't listed: the name must not mean another tool.
            for tools in [[tool("a"), tool("b")], [tool("b")]] {
                let report = try await CatalogRefresh(
                    store: store,
                    source: FakeSource(["alpha": page(tools)])
                ).run()[0]
                #expect(report.refused.map { $0.name } == ["b"])
                #expect(report.refused[0].reason.contains("is the alias of the tool \"a\""))
            }
            #expect(try await store.toolNames().isEmpty)
        }
    }

    @Test func `an alias set during a refresh is used by that refresh`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            let answer = page([tool("a"), tool("b")])
            _ = try await CatalogRefresh(store: store, source: FakeSource(["alpha": answer])).run()
            let asked = Locked(0)
            let source = FakeSource(["alpha": ["": answer]]) {
                guard
                    asked.withLock({
                        $0 += 1; return $0
                    }) == 1
                else { return }
                try? await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                    _ = try writing.setAlias("x", of: "alpha___a", toolNameMax: 64)
                }
            }
            let report = try await CatalogRefresh(store: store, source: source).run()[0]
            #expect(report.error == nil && source.payloads.count == 2)
            #expect(try await store.toolNames() == ["alpha___x", "alpha___b"])
        }
    }

    @Test func `another order of members or other white space is not a change`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            let forms = [
                #"{"name":"a","inputSchema":{"type":"object"}}"#,
                #"{ "inputSchema" : {"type":"\u006fbject"}, "name":"a" }"#,
            ]
            for (number, form) in forms.enumerated() {
                let source = FakeSource(["alpha": page([form])])
                let report = try await CatalogRefresh(store: store, source: source).run()[0]
                #expect(
                    report.counts == (number == 0 ? RefreshCounts(added: 1) : RefreshCounts(unchanged: 1))
                )
            }
        }
    }

    @Test func `a refresh follows nextCursor to the last page, and keeps the target's order`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            let source = FakeSource([
                "alpha": [
                    "": page([tool("c")], next: "two"), "two": page([tool("a")], next: "three"),
                    "three": page([tool("b")]),
                ]
            ])
            let report = try await CatalogRefresh(store: store, source: source).run()[0]
            #expect(report.counts.added == 3)
            #expect(try await store.toolNames() == ["alpha___c", "alpha___a", "alpha___b"])
            #expect(source.payloads[1] == #"{"method":"tools/list","params":{"cursor":"two"}}"#)
        }
    }

    @Test func `a repeated cursor fails the refresh, and the last good tools stay`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            _ = try await CatalogRefresh(store: store, source: FakeSource(["alpha": page([tool("a")])])).run()
            let endless = FakeSource([
                "alpha": ["": page([tool("x")], next: "2"), "2": page([tool("y")], next: "2")]
            ])
            let report = try await CatalogRefresh(store: store, source: endless).run()[0]
            #expect(report.error?.contains("never ends") == true)
            #expect(endless.payloads.count == 2)
            #expect(try await store.toolNames() == ["alpha___a"])
            let health = try await store.target("alpha").health
            #expect(health.lastError == report.error)
            #expect(health.refreshedAtMs != nil)
        }
    }

    @Test func `an endless list fails after 200 pages`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            var pages: FakeSource.Pages = ["": page([], next: "1")]
            for number in 1...300 { pages["\(number)"] = page([], next: "\(number + 1)") }
            let source = FakeSource(["alpha": pages])
            let report = try await CatalogRefresh(store: store, source: source).run()[0]
            #expect(report.error?.contains("more than 200 pages") == true)
            #expect(source.payloads.count == 200)
        }
    }

    @Test func `a list of more than 10,000 tools is refused`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            let many = (0..<5_001).map { #"{"name":"t\#($0)","inputSchema":{"type":"object"}}"# }
            let more = (5_001..<10_002).map { #"{"name":"t\#($0)","inputSchema":{"type":"object"}}"# }
            let source = FakeSource(["alpha": ["": page(many, next: "2"), "2": page(more)]])
            let report = try await CatalogRefresh(store: store, source: source).run()[0]
            #expect(report.error?.contains("more than 10000 tools") == true)
            #expect(try await store.toolNames().isEmpty)
        }
    }

    @Test func `a list with too many bytes of definitions or a huge cursor is refused`() async throws {
        let pages = [
            "": page([tool("a", String(repeating: "x", count: 600))], next: "2"),
            "2": page([tool("b", String(repeating: "x", count: 600))]),
        ]
        let endless = ["": page([], next: String(repeating: "c", count: 9_000))]
        let source = FakeSource(["alpha": pages, "beta": endless])
        var inquiry = ToolInquiry(source: source, timeout: .seconds(10), toolNameMax: 64)
        let alpha = TargetSpec(name: try TargetName("alpha"), function: "f")
        #expect(try await inquiry.list(alpha, aliases: []).tools.count == 2)
        inquiry.definitionBytesMax = 1_000
        let limited = inquiry
        let tooMuch = await #expect(throws: ToolSourceError.self) {
            try await limited.list(alpha, aliases: [])
        }
        #expect(tooMuch?.message.contains("more than 1000 bytes together") == true)
        let beta = TargetSpec(name: try TargetName("beta"), function: "f")
        let huge = await #expect(throws: ToolSourceError.self) { try await limited.list(beta, aliases: []) }
        #expect(huge?.message.contains("nextCursor of 9000 bytes") == true)
    }

    struct Refusal: Sendable {
        let definition: String
        let name: String
        let reason: String
    }

    @Test(arguments: [
        Refusal(definition: tool("has space"), name: "has space", reason: "letters, digits"),
        Refusal(definition: tool("b", #"hidden\u200btext"#), name: "b", reason: "U+200B"),
        Refusal(definition: #"{"name":"c"}"#, name: "c", reason: "inputSchema"),
        Refusal(
            definition: #"{"name":"d","inputSchema":{"type":"array"}}"#,
            name: "d",
            reason: "inputSchema.type"
        ),
        Refusal(definition: "7", name: "#2", reason: "not an object"),
        Refusal(definition: tool("good"), name: "good", reason: "earlier tool"),
        Refusal(definition: tool(#"e\u001b[31m"#), name: "e<U+001B>[31m", reason: "U+001B"),
        Refusal(
            definition: tool(String(repeating: "x", count: 60)),
            name: String(repeating: "x", count: 60),
            reason: "alias"
        ),
    ])
    func `an unfit tool is refused by name, and the others are served`(_ row: Refusal) async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            let source = FakeSource(["alpha": page([tool("good"), row.definition, tool("last")])])
            let report = try await CatalogRefresh(store: store, source: source).run()[0]
            #expect(report.error == nil)
            #expect(report.refused.map { $0.name } == [row.name])
            #expect(report.refused[0].reason.contains(row.reason), "\(report.refused[0].reason)")
            #expect(try await store.toolNames() == ["alpha___good", "alpha___last"])
        }
    }

    @Test func `one failing target neither empties nor stops the others`() async throws {
        try await withStore { store in
            try await store.add(["alpha", "beta", "gamma"])
            let good = FakeSource([
                "alpha": page([tool("a")]), "beta": page([tool("b")]), "gamma": page([tool("c")]),
            ])
            _ = try await CatalogRefresh(store: store, source: good).run()
            let bad = FakeSource([
                "alpha": page([tool("a"), tool("a2")]),
                "beta": .failure(
                    ToolSourceError("the function failed with Oops: no", hint: "look at its log")
                ),
                "gamma": .success("<html>"),
            ])
            let reports = try await CatalogRefresh(store: store, source: bad).run()
            #expect(reports[0].counts == RefreshCounts(added: 1, unchanged: 1))
            #expect(reports[1].error == "the function failed with Oops: no; look at its log")
            #expect(reports[2].error != nil)
            #expect(try await store.toolNames() == ["alpha___a", "alpha___a2", "beta___b", "gamma___c"])
        }
    }

    @Test(arguments: [1, 3, 8])
    func `at most the allowed number of targets are asked at once, and all are asked`(parallel: Int)
        async throws
    {
        try await withStore { store in
            let names = (0..<12).map { "t\($0)" }
            try await store.add(names)
            let pages = Dictionary(uniqueKeysWithValues: names.map { ($0, ["": page([tool("x")])]) })
            let source = FakeSource(pages) { for _ in 0..<50 { await Task.yield() } }
            var configuration = CatalogRefresh.Configuration()
            configuration.parallel = parallel
            let reports = try await CatalogRefresh(store: store, source: source, configuration: configuration)
                .run()
            #expect(reports.count == 12)
            #expect(source.runningMax <= parallel)
            #expect(parallel == 1 || source.runningMax > 1)
        }
    }

    @Test func `progress names each target when it starts and when it ends`() async throws {
        try await withStore { store in
            try await store.add(["alpha", "beta"])
            let source = FakeSource(["alpha": page([tool("a")]), "beta": page([])])
            let seen = Locked<[String]>([])
            _ = try await CatalogRefresh(store: store, source: source).run { progress in
                seen.withLock { seen in
                    switch progress {
                    case .started(let name): seen.append("+\(name)")
                    case .finished(let report): seen.append("-\(report.name)")
                    }
                }
            }
            #expect(seen.withLock { $0 }.sorted() == ["+alpha", "+beta", "-alpha", "-beta"])
        }
    }

    @Test func `disabled targets are skipped, and an error when asked for by name`() async throws {
        try await withStore { store in
            try await store.add(["alpha"]) { $0.isEnabled = false }
            let refresh = CatalogRefresh(store: store, source: FakeSource(["alpha": page([])]))
            #expect(try await refresh.run().isEmpty)
            let error = await #expect(throws: StoreError.self) {
                try await refresh.run(.asked(TargetName("alpha")))
            }
            #expect(error?.hint.contains("target enable alpha") == true)
            let missing = await #expect(throws: StoreError.self) {
                try await refresh.run(.asked(TargetName("beta")))
            }
            #expect(missing?.kind == .notFound)
        }
    }

    @Test func `declared tools are taken without asking the function`() async throws {
        try await withStore { store in
            try await store.add(["alpha"]) { $0.toolsJSON = "[\(tool("a"))]" }
            let source = FakeSource([String: FakeSource.Pages]())
            let report = try await CatalogRefresh(store: store, source: source).run()[0]
            #expect(report.counts.added == 1)
            #expect(source.payloads.isEmpty)
        }
    }

    @Test func `a refresh without time left fails and names the setting to raise`() async throws {
        try await withStore { store in
            try await store.add(["alpha"])
            var configuration = CatalogRefresh.Configuration()
            configuration.timeout = .zero
            let source = FakeSource(["alpha": page([tool("a")])])
            let report = try await CatalogRefresh(store: store, source: source, configuration: configuration)
                .run()[0]
            #expect(report.error?.contains("refresh.timeout") == true)
        }
    }
}
