import Bytes
import Contracts
import Control
import EventLoop
import JSON
import MCP
import Model
import Policy
import Store
import Synchronization
import Testing

/// What targets are asked for besides their tools, and what comes of the answers.
struct ServedKindTests {
    /// A function that answers each method what the test wrote; any other with `fallback`.
    private final class Methods: ToolSource {
        private let answers: [String: Result<String, ToolSourceError>]
        private let fallback: Result<String, ToolSourceError>
        private let seen = Locked<[String]>([])

        init(
            _ answers: [String: Result<String, ToolSourceError>],
            otherwise fallback: Result<String, ToolSourceError> = .failure(ToolSourceError("unreachable"))
        ) {
            self.answers = answers
            self.fallback = fallback
        }

        var methods: [String] { seen.withLock { $0 } }

        func invoke(
            _ target: TargetSpec,
            payload: ByteBuffer,
            timeout: Duration
        ) async throws(ToolSourceError) -> ToolSourceAnswer {
            var event = (try? JSONValue(parsing: payload.text)) ?? .null
            if let body = event["body"]?.stringValue { event = (try? JSONValue(parsing: body)) ?? .null }
            let method = event["method"]?.stringValue ?? ""
            let cursor = event["params"]?["cursor"]?.stringValue.map { " \($0)" } ?? ""
            seen.withLock { $0.append(method) }
            let bytes = Array(try (answers[method + cursor] ?? fallback).get().utf8)
            return ToolSourceAnswer(bytes: bytes, payload: 0..<bytes.count)
        }
    }

    private static func rpc(_ result: String) -> Result<String, ToolSourceError> {
        .success(#"{"jsonrpc":"2.0","id":1,"result":\#(result)}"#)
    }

    private static func rpcError(_ code: Int) -> Result<String, ToolSourceError> {
        .success(#"{"jsonrpc":"2.0","id":1,"error":{"code":\#(code),"message":"m"}}"#)
    }

    private static let tools = rpc(#"{"tools":[\#(tool("a"))]}"#)
    private static let prompts = rpc(
        #"{"prompts":[{"name":"p"},{"name":"bad\nname"},{"name":"p"}],"nextCursor":"2"}"#
    )
    private static let morePrompts = rpc(#"{"prompts":[{"name":"q","title":7}]}"#)
    private static let resources = rpc(
        #"{"resources":[{"uri":"file:///a","name":"a"},{"uri":"no uri","name":"b"}]}"#
    )
    private static let templates = rpc(#"{"resourceTemplates":[{"uriTemplate":"db://{t}","name":"t"}]}"#)

    private func refresh(
        _ source: Methods,
        contract: Contract = .jsonrpc,
        serves: [ServedFamily]? = nil
    ) async throws -> (report: CatalogRefresh.Report, names: [String]) {
        try await withStore { store in
            try await store.add(["alpha"]) { spec in
                spec.contract = contract
                spec.serves = serves
            }
            return try await refresh(source, store)
        }
    }

    private func refresh(
        _ source: Methods,
        _ store: Store::Store
    ) async throws -> (report: CatalogRefresh.Report, names: [String]) {
        let report = try await CatalogRefresh(store: store, source: source).run()[0]
        let names = try await store.read { read throws(StoreError) in
            try read.tools(kinds: CatalogKind.allCases).map { $0.name }
        }
        return (report, names.sorted())
    }

    @Test
    func `a function of MCP is asked for all kinds, page after page, and what can't be listed is refused`()
        async throws
    {
        let source = Methods([
            "tools/list": Self.tools, "prompts/list": Self.prompts, "prompts/list 2": Self.morePrompts,
            "resources/list": Self.resources, "resources/templates/list": Self.templates,
        ])
        let (report, names) = try await refresh(source)
        #expect(report.error == nil && report.counts == RefreshCounts(added: 5))
        #expect(names == ["a", "prompt:p", "prompt:q", "resource:file:///a", "template:db://{t}"])
        #expect(
            report.refused.map { $0.name }.sorted() == [
                "prompt:bad<U+000A>name", "prompt:p", "resource:no uri",
            ]
        )
        #expect(report.noted.map { $0.name } == ["prompt:q"])
        #expect(
            source.methods == [
                "tools/list", "prompts/list", "prompts/list", "resources/list", "resources/templates/list",
            ]
        )
    }

    @Test(
        arguments: [
            rpcError(-32601), rpcError(-32603), rpc("{}"), .success("null"), .success("[]"), .success(""),
            .success(#"{"statusCode":404,"body":"no"}"#), .success(#"{"statusCode":500,"body":"no"}"#),
            .failure(ToolSourceError("the function failed", isOfFunction: true)),
            .failure(ToolSourceError("timed out")),
            tools,
        ] as [Result<String, ToolSourceError>]
    )
    func `what nobody declares and the function doesn't list isn't served, and no failure`(
        _ answer: Result<String, ToolSourceError>
    ) async throws {
        let source = Methods(["tools/list": Self.tools], otherwise: answer)
        let (report, names) = try await refresh(source)
        #expect(report.error == nil, "\(report.error ?? "")")
        #expect(names == ["a"])
    }

    @Test func `a function that wraps a server by hand is asked for more only when it declares it`()
        async throws
    {
        let answers = [
            "tools/list": Result<String, ToolSourceError>.success(#"{"tools":[\#(tool("a"))]}"#),
            "prompts/list": .success(#"{"statusCode":200,"body":"{\"prompts\":[{\"name\":\"p\"}]}"}"#),
        ]
        let undeclared = Methods(answers)
        #expect(try await refresh(undeclared, contract: .mcpWrapper).names == ["a"])
        #expect(undeclared.methods == ["tools/list"])
        let declared = Methods(answers)
        let (report, names) = try await refresh(declared, contract: .mcpWrapper, serves: [.tools, .prompts])
        #expect(report.error == nil && names == ["a", "prompt:p"])
        #expect(declared.methods == ["tools/list", "prompts/list"])
        let prompts = Methods(answers)
        #expect(try await refresh(prompts, contract: .mcpWrapper, serves: [.prompts]).names == ["prompt:p"])
        #expect(prompts.methods == ["prompts/list"])
    }

    struct Declared: Sendable {
        let answers: [String: Result<String, ToolSourceError>]
        let names: [String]
        let error: String?
    }

    @Test(arguments: [
        Declared(
            answers: ["resources/list": resources, "resources/templates/list": rpcError(-32601)],
            names: ["a", "resource:file:///a"],
            error: nil
        ),
        Declared(
            answers: ["resources/list": rpcError(-32601), "resources/templates/list": templates],
            names: ["a", "template:db://{t}"],
            error: nil
        ),
        Declared(
            answers: ["resources/list": rpcError(-32601), "resources/templates/list": rpcError(-32601)],
            names: ["a"],
            error: "declares that it serves resources"
        ),
        Declared(
            answers: ["resources/list": rpc("[]"), "resources/templates/list": templates],
            names: ["a", "template:db://{t}"],
            error: "its resources could not be read"
        ),
        Declared(
            answers: [
                "resources/list": resources,
                "resources/templates/list": .failure(ToolSourceError("timed out")),
            ],
            names: ["a", "resource:file:///a"],
            error: "its resource templates could not be read: timed out"
        ),
    ])
    func `what is declared and can't be read fails alone, and the tools are there`(_ row: Declared)
        async throws
    {
        let answers = row.answers.merging(["tools/list": Self.tools]) { $1 }
        let (report, names) = try await refresh(Methods(answers), serves: [.tools, .resources])
        #expect(names == row.names)
        #expect(
            report.error?.contains(row.error ?? "-") == (row.error == nil ? nil : true),
            "\(report.error ?? "")"
        )
    }

    @Test func `what can't be read now stays as it was, and what is served no more goes`() async throws {
        try await withStore { store in
            try await store.add(["alpha"]) { $0.contract = .jsonrpc }
            let all = [
                "tools/list": Self.tools, "prompts/list": Self.rpc(#"{"prompts":[{"name":"p"}]}"#),
                "resources/list": Self.resources,
            ]
            let first = try await refresh(Methods(all, otherwise: Self.rpcError(-32601)), store)
            #expect(first.names == ["a", "prompt:p", "resource:file:///a"])
            let failing = all.merging(["prompts/list": .failure(ToolSourceError("timed out"))]) { $1 }
            let second = try await refresh(Methods(failing, otherwise: Self.rpcError(-32601)), store)
            #expect(second.names == first.names)
            #expect(second.report.error == "its prompts could not be read: timed out")
            #expect(try await store.target("alpha").health.lastError == second.report.error)
            let third = try await refresh(
                Methods(["tools/list": Self.tools], otherwise: Self.rpcError(-32601)),
                store
            )
            #expect(third.names == ["a"] && third.report.error == nil)
        }
    }

    @Test func `a list that never ends, or is too long, is one that can't be read`() async throws {
        let loop = Self.rpc(#"{"prompts":[],"nextCursor":"2"}"#)
        let many = (0...1_000).map { #"{"name":"p\#($0)"}"# }.joined(separator: ",")
        for (prompts, words) in [
            (loop, "never ends"), (Self.rpc(#"{"prompts":[\#(many)]}"#), "more than 1000 prompts"),
        ] {
            let source = Methods(
                ["tools/list": Self.tools, "prompts/list": prompts, "prompts/list 2": loop],
                otherwise: Self.rpcError(-32601)
            )
            let (report, names) = try await refresh(source, serves: [.tools, .prompts])
            #expect(names == ["a"] && report.error?.contains(words) == true, "\(report.error ?? "")")
        }
    }

    @Test func `a schedule doesn't ask again what a function failed at, and whoever asks for a refresh does`()
        async throws
    {
        try await withStore { store in
            try await store.add(["alpha"]) { $0.contract = .jsonrpc }
            let source = Methods(
                ["tools/list": Self.tools, "prompts/list": Self.rpcError(-32601)],
                otherwise: .failure(ToolSourceError("the function failed", isOfFunction: true))
            )
            let refresh = CatalogRefresh(store: store, source: source)
            let lists = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"]
            for (round, asked) in [
                (CatalogRefresh.Round.all, lists), (.due, Array(lists.prefix(2))),
                (.due, Array(lists.prefix(2))),
                (.asked(nil), lists),
            ] {
                let before = source.methods.count
                #expect(try await refresh.run(round)[0].error == nil)
                #expect(Array(source.methods[before...]) == asked)
            }
        }
    }

    @Test func `a tool under a name that is kept for another kind is refused`() async throws {
        let source = Methods(
            ["tools/list": Self.rpc(#"{"tools":[\#(tool("prompt:p")),\#(tool("a"))]}"#)],
            otherwise: Self.rpcError(-32601)
        )
        let (report, names) = try await refresh(source)
        #expect(names == ["a"] && report.refused.map { $0.name } == ["prompt:p"])
    }

    @Test func `an HTTP function's instructions are stored as it gives them`() async throws {
        func http(_ result: String) -> Result<String, ToolSourceError> {
            let body = JSONValue.string(#"{"jsonrpc":"2.0","id":1,"result":\#(result)}"#).text
            return .success(#"{"statusCode":200,"body":\#(body)}"#)
        }
        let greeting = #"{"protocolVersion":"2025-06-18","capabilities":{},"instructions":"Be brief."}"#
        let source = Methods(
            ["tools/list": http(#"{"tools":[\#(tool("a"))]}"#), "initialize": http(greeting)],
            otherwise: .success(#"{"statusCode":404,"body":"no"}"#)
        )
        let (report, names) = try await refresh(source, contract: .httpV2)
        #expect(report.error == nil && names == ["a", "instructions:"])
        // A function that has none to give is asked no more than once.
        #expect(source.methods.filter { $0 == "initialize" }.count == 1)
    }
}
