import EventLoop
import Gateway
import JSON
import MCP
import Policy
import TestSupport
import Testing

/// `prompts/list` and `prompts/get`: who sees which, what is sent, and what a sound answer becomes.
struct PromptTests {
    @Test(arguments: [true, false])
    func `prompts are listed by the names that agents call, with the members of their revision`(
        _ isModern: Bool
    ) async throws {
        try await withAgents(Library.snapshot()) { agents in
            let reply = try await agents.expect(200, .message("prompts/list", "", isModern: isModern))
            let prompts = try #require(reply.result["prompts"]?.arrayValue)
            #expect(
                prompts.map { $0["name"]?.stringValue } == ["docs___search", "web___page", "wiki___report"]
            )
            #expect(
                prompts[0].objectValue?.members.map { $0.key } == ["name", "title", "x-own", "arguments"]
            )
            #expect(reply.result["ttlMs"] == (isModern ? 60_000 : nil))
            #expect(reply.result["cacheScope"]?.stringValue == (isModern ? "private" : nil))
            let old = try await agents.expect(200, .legacy("prompts/list", "{}", version: "2025-03-26"))
            #expect(old.result["prompts"]?[0]?["title"] == nil)
            // Tools are listed as they were.
            let tools = try await agents.expect(200, .message("tools/list", "", isModern: isModern))
            let names = tools.result["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
            #expect(names == ["docs___search", "web___get", "wiki___find"])
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    @Test func `a list of prompts comes in pages, and no other list's cursor is taken`() async throws {
        let entries = (0..<5).map { Library.entry(.prompt, 0, "p\($0)") } + [Library.entry(.tool, 0, "t")]
        try await withAgents(Library.snapshot(entries)) { agents in
            agents.settings.pageSize = 2
            agents.publish(Library.snapshot(version: 2, entries))
            var names: [String] = []
            var cursor = ""
            repeat {
                let params = cursor.isEmpty ? "" : #""cursor":"\#(cursor)""#
                let page = try await agents.expect(200, .modern("prompts/list", params))
                let prompts = page.result["prompts"]?.arrayValue ?? []
                names += prompts.compactMap { $0["name"]?.stringValue }
                #expect(prompts.count <= 2)
                cursor = page.result["nextCursor"]?.stringValue ?? ""
            } while !cursor.isEmpty
            #expect(names == (0..<5).map { "docs___p\($0)" })
            let foreign = Cursor(after: "docs___t").text
            for cursor in [foreign, "x", ""] {
                let reply = try await agents.expect(400, .modern("prompts/list", #""cursor":"\#(cursor)""#))
                #expect(reply.code == -32602)
            }
            let prompts = Cursor(after: "docs___prompt:p1").text
            let tools = try await agents.expect(400, Ask.modern("tools/list", #""cursor":"\#(prompts)""#))
            #expect(tools.code == -32602)
        }
    }

    @Test(arguments: [true, false])
    func `a prompt is got by its function, its arguments byte for byte`(_ isModern: Bool) async throws {
        try await withAgents(Library.snapshot()) { agents in
            let messages = #"[{"role":"user","content":{"type":"text","text":"\u00e9 1.50"}}]"#
            agents.upstream.respond = { sent in
                FakeUpstream.answer(
                    #"{"description":"d","messages":\#(messages)}"#,
                    for: sent.target == "docs" ? "jsonrpc" : "mcp-wrapper"
                )
            }
            let arguments = #"{ "city":"Osl\u00f6" }"#
            for (target, name) in [("docs", "search"), ("wiki", "report")] {
                let reply = try await agents.expect(
                    200,
                    .prompt("\(target)___\(name)", arguments, isModern: isModern)
                )
                #expect(reply.body.contains(#""messages":\#(messages)"#))
                #expect(reply.result["resultType"]?.stringValue == (isModern ? "complete" : nil))
                #expect((reply.result["_meta"] != nil) == isModern)
            }
            #expect(
                agents.upstream.sent.map { $0.payload } == [
                    #"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"search","arguments":\#(arguments)}}"#,
                    #"{"method":"prompts/get","params":{"name":"report","arguments":\#(arguments)}}"#,
                ]
            )
            #expect(
                agents.metric(
                    #"mcp_gateway_calls_total{target="docs",tool="prompt:search",outcome="ok"}"#
                ) == "1"
            )
        }
    }

    struct Hidden: Sendable {
        let name: String
        var key = Keys.good
    }

    @Test(arguments: [
        Hidden(name: "docs___held"), Hidden(name: "docs___absent"), Hidden(name: "nowhere___search"),
        Hidden(name: "docs___find"), Hidden(name: "search"), Hidden(name: "docs___prompt:search"),
    ])
    func `a prompt that is not there and one that is hidden have one answer`(_ row: Hidden) async throws {
        try await withAgents(Library.snapshot()) { agents in
            let body =
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown prompt: \#(row.name)"}}"#
            let modern = try await agents.expect(400, Ask.prompt(row.name, isModern: true).by(row.key))
            let legacy = try await agents.expect(200, Ask.prompt(row.name, isModern: false).by(row.key))
            #expect(modern.body == body && legacy.body == body)
            #expect(agents.upstream.sent.isEmpty)
            // A prompt is no tool, whatever it is called.
            let call = try await agents.expect(400, Ask.modernCall("docs___prompt:search"))
            #expect(call.message == "Unknown tool: docs___prompt:search")
        }
    }

    @Test(arguments: [
        "prompts/list", "prompts/get", "resources/list", "resources/templates/list", "resources/read",
        "completion/complete",
    ])
    func `a caller whose view has no such list finds its methods unknown`(_ method: String) async throws {
        try await withAgents(Library.snapshot()) { agents in
            let params = #""name":"docs___search","uri":"file:///a","ref":{},"argument":{}"#
            let name =
                method == "prompts/get" ? "docs___search" : method == "resources/read" ? "file:///a" : nil
            // The key's patterns name tools alone.
            for isModern in [true, false] {
                let ask = Ask.message(method, params, mirroring: name, isModern: isModern).by(Keys.narrow)
                let reply = try await agents.expect(isModern ? 404 : 200, ask)
                #expect(reply.code == -32601, "\(reply.body)")
            }
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    @Test(arguments: [
        (#"{"city":7}"#, "params.arguments.city must be a string."),
        (#"{"a":"b","city":null}"#, "params.arguments.city must be a string."),
        ("[]", "params.arguments must be an object."),
    ])
    func `arguments that are no texts are refused before the function is asked`(
        _ arguments: String,
        _ message: String
    ) async throws {
        try await withAgents(Library.snapshot()) { agents in
            for isModern in [true, false] {
                let ask = Ask.prompt("docs___search", arguments, isModern: isModern)
                let reply = try await agents.expect(isModern ? 400 : 200, ask)
                #expect(reply.code == -32602 && reply.message == message)
            }
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    struct Failure: Sendable {
        let answer: UpstreamOutcome
        let code: Int
        let words: String
    }

    @Test(arguments: [
        Failure(
            answer: FakeUpstream.answer(
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no city"}}"#
            ),
            code: -32602,
            words: "The target says: no city"
        ),
        Failure(answer: FakeUpstream.answer("null"), code: -32603, words: "the function returned null"),
        Failure(
            answer: FakeUpstream.answer(#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#),
            code: -32603,
            words: "no member messages"
        ),
        Failure(
            answer: FakeUpstream.answer(
                #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required"}}"#
            ),
            code: -32603,
            words: "asks for further input"
        ),
        Failure(
            answer: .failed(UpstreamFailure(code: .timedOut, message: "It took too long.", detail: "d")),
            code: -32603,
            words: "It took too long."
        ),
    ])
    func `a function that fails or answers junk is told of in a JSON-RPC error`(_ row: Failure) async throws {
        try await withAgents(Library.snapshot()) { agents in
            agents.upstream.respond = { _ in row.answer }
            for isModern in [true, false] {
                let reply = try await agents.send(.prompt("docs___search", isModern: isModern))
                #expect(reply.code == row.code && reply.message?.contains(row.words) == true, "\(reply.body)")
                #expect(reply.result == .null)
            }
        }
    }

    @Test func `a limit on a tool's name is no prompt's, and one on the target is both's`() async throws {
        func limit(_ id: Int64, _ scope: LimitEntry.Scope) -> LimitEntry {
            LimitEntry(id: id, scope: scope, dayQuota: 1)
        }
        let tool = limit(1, .tenantTool(tenant: 0, tool: "docs___search"))
        try await withAgents(Library.snapshot(limits: [tool])) { agents in
            for _ in 0..<3 { _ = try await agents.send(.prompt("docs___search", isModern: true)) }
            #expect(agents.upstream.sent.count == 3)
        }
        for scope in [
            LimitEntry.Scope.target(0), .tenantTool(tenant: 0, tool: "docs___prompt:search"), .tenant(0),
        ] {
            try await withAgents(Library.snapshot(limits: [limit(1, scope)])) { agents in
                _ = try await agents.send(.prompt("docs___search", isModern: true))
                let second = try await agents.expect(429, .prompt("docs___search", isModern: true))
                #expect(second.code == 429 && second.field("Retry-After") != nil)
                #expect(agents.upstream.sent.count == 1)
            }
        }
    }

    @Test func `a prompt in a batch is got like a tool called in one`() async throws {
        try await withAgents(Library.snapshot()) { agents in
            agents.upstream.respond = { sent in
                FakeUpstream.answer(
                    sent.payload.contains("prompts/get") ? #"{"messages":[]}"# : #"{"content":[]}"#,
                    for: "jsonrpc"
                )
            }
            let prompt = Ask.message("prompts/get", #"{"name":"docs___search"}"#, id: "1")
            let list = Ask.message("prompts/list", "{}", id: "2")
            let reply = try await agents.expect(
                200,
                Ask.post("[\(prompt),\(list)]").with("MCP-Protocol-Version", "2025-03-26")
            )
            #expect(reply.json[0]?["result"]?["messages"]?.arrayValue?.isEmpty == true)
            #expect(reply.json[1]?["result"]?["prompts"]?.arrayValue?.count == 3)
        }
    }

    @Test func `a function behind HTTP events gives a prompt in its session`() async throws {
        try await withAgents(Library.snapshot()) { agents in
            agents.upstream.respond = { sent in
                let event = (try? JSONValue(parsing: sent.payload)) ?? .null
                let message = (try? JSONValue(parsing: event["body"]?.stringValue ?? "")) ?? .null
                let hasSession = event["headers"]?["mcp-session-id"]?.stringValue == "s1"
                switch message["method"]?.stringValue {
                case "initialize":
                    return SessionFunction.response(
                        #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{}}}"#,
                        #","headers":{"Mcp-Session-Id":"s1"}"#
                    )
                case "notifications/initialized": return SessionFunction.response("", status: 202)
                case "prompts/get" where hasSession:
                    let id = message["id"]?.text ?? ""
                    return SessionFunction.response(
                        #"{"jsonrpc":"2.0","id":\#(id),"result":{"messages":[]}}"#
                    )
                default: return SessionFunction.refusal(-32600, "Bad Request: Missing session ID", 400)
                }
            }
            let reply = try await agents.expect(200, .prompt("web___page", isModern: true))
            #expect(reply.result["messages"]?.arrayValue?.isEmpty == true, "\(reply.body)")
            #expect(agents.upstream.sent.count == 4)
        }
    }
}
