import Bytes
import Contracts
import EventLoop
import Gateway
import JSON
import MCP
import Policy
import TestSupport
import Testing

/// Calls in several rounds: what the function is told, what the client gets, and what comes back.
struct InputRoundTests {
    private static let all = #"{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{}}"#
    private static let form =
        #"{"method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"type":"object"}}}"#
    private static let responses = #"{ "who":{"action":"accept","content":{"n":1.50}}}"#

    private static func asks(_ members: String, id: Int = 1) -> UpstreamOutcome {
        FakeUpstream.answer(
            #"{"jsonrpc":"2.0","id":\#(id),"result":{"resultType":"input_required",\#(members)}}"#
        )
    }

    private static func params(_ payload: String) throws -> JSONValue {
        try #require(try JSONValue(parsing: payload)["params"])
    }

    @Test func `a call goes through two rounds, its state sealed in between`() async throws {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { sent in
                sent.payload.contains("inputResponses")
                    ? FakeUpstream.answer(#"{"content":[{"type":"text","text":"done"}]}"#, for: "jsonrpc")
                    : Self.asks(#""inputRequests":{"who":\#(Self.form)},"requestState":"my \"state\"""#)
            }
            let arguments = #"{"a":1.50}"#
            let first = try await agents.expect(
                200,
                .modernCall("rpc___echo", arguments).declaring(Self.all)
            )
            #expect(first.result["resultType"] == "input_required")
            #expect(first.body.contains(#""inputRequests":{"who":\#(Self.form)}"#))
            #expect(first.result["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == "gateway")
            let state = try #require(first.result["requestState"]?.stringValue)
            #expect(!state.contains("state") && !first.body.contains("my "))
            let second = try await agents.expect(
                200,
                .continuing("rpc___echo", arguments, Self.responses, state).declaring(Self.all)
            )
            #expect(second.text == "done" && second.result["resultType"] == "complete")
            let sent = agents.upstream.sent.map { $0.payload }
            let told = try Self.params(sent[0])
            #expect(
                told["_meta"]?["io.modelcontextprotocol/clientCapabilities"]
                    == ["elicitation": ["form": [:], "url": [:]], "sampling": [:], "roots": [:]]
            )
            #expect(told["inputResponses"] == nil && told["requestState"] == nil)
            #expect(sent[1].contains(#""inputResponses":\#(Self.responses),"requestState":"my \"state\"","#))
            #expect(sent[0].contains(#""id":1,"#) && sent[1].contains(#""id":2,"#))
            #expect(
                agents.metric(#"mcp_gateway_calls_total{target="rpc",tool="echo",outcome="ok"}"#) == "2"
            )
        }
    }

    @Test func `without capabilities a call is sent as it always was, and legacy callers have none`()
        async throws
    {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { _ in FakeUpstream.answer(#"{"content":[]}"#, for: "jsonrpc") }
            let plain =
                #"{"jsonrpc":"2.0","id":N,"method":"tools/call","params":{"name":"echo","arguments":{}}}"#
            let extended = #"{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#
            for ask in [
                Ask.modernCall("rpc___echo"), .modernCall("rpc___echo").declaring(extended),
                .legacy(
                    "tools/call",
                    #"{"name":"rpc___echo","arguments":{},"inputResponses":{},"requestState":"x"}"#,
                    version: "2025-11-25"
                ),
            ] {
                try await agents.expect(200, ask)
                let sent = try #require(agents.upstream.sent.last?.payload)
                #expect(sent == plain.replacing("N", with: "\(agents.upstream.sent.count)"))
            }
            _ = try await agents.expect(200, .modernCall("time___now").declaring(Self.all))
            #expect(agents.upstream.sent.last?.payload.contains("_meta") == false)
        }
    }

    struct Foreign: Sendable, CustomTestStringConvertible {
        let what: String
        var tool = "rpc___echo"
        var arguments = "{}"
        var key = Keys.good
        var change: @Sendable (String) -> String = { $0 }

        var testDescription: String { what }
    }

    @Test(arguments: [
        Foreign(what: "another key of the tenant", key: Keys.other),
        Foreign(what: "another tool", tool: "rpc___query"),
        Foreign(what: "another target", tool: "time___now"),
        Foreign(what: "other arguments", arguments: #"{"a":1}"#),
        Foreign(what: "the same arguments in other bytes", arguments: "{ }"),
        Foreign(what: "something appended", change: { $0 + "-TAMPERED" }),
        Foreign(what: "the last character cut", change: { String($0.dropLast()) }),
        Foreign(what: "an escape in it", change: { #"\u0041"# + $0.dropFirst() }),
        Foreign(what: "the target's own state", change: { _ in "mine" }),
        Foreign(what: "nothing in it", change: { _ in "" }),
    ])
    func `a state that does not belong to the call is refused before the function is asked`(
        _ row: Foreign
    ) async throws {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { _ in Self.asks(#""requestState":"mine""#) }
            let first = try await agents.expect(200, .modernCall("rpc___echo").declaring(Self.all))
            let state = try #require(first.result["requestState"]?.stringValue)
            let ask = Ask.continuing(row.tool, row.arguments, Self.responses, row.change(state))
            let refused = try await agents.expect(400, ask.declaring(Self.all).by(row.key))
            #expect(refused.code == -32602)
            #expect(refused.message?.hasPrefix("params.requestState does not belong to this call") == true)
            #expect(!refused.body.contains("mine"))
            #expect(agents.upstream.sent.count == 1)
            // It still opens for its own call, on a replica too.
            let again = try await agents.expect(
                200,
                .continuing("rpc___echo", "{}", Self.responses, state).declaring(Self.all)
            )
            #expect(again.result["requestState"]?.stringValue != state)
        }
    }

    @Test(arguments: [
        (#""inputResponses":5"#, "params.inputResponses must be an object."),
        (#""inputResponses":[]"#, "params.inputResponses must be an object."),
        (#""requestState":5"#, "params.requestState must be a string."),
        (#""requestState":{}"#, "params.requestState must be a string."),
    ])
    func `answers of another type are refused`(_ members: String, _ message: String) async throws {
        try await withAgents { (agents: Agents) async throws in
            let params = #""name":"rpc___echo","arguments":{},\#(members)"#
            let ask = Ask.modern("tools/call", params).adding("Mcp-Name", "rpc___echo")
            let refused = try await agents.expect(400, ask)
            #expect(refused.code == -32602 && refused.message == message)
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    private static func needsPages(_ data: String) -> UpstreamOutcome {
        FakeUpstream.answer(
            #"{"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"Log in","data":\#(data)}}"#
        )
    }

    private static let pages =
        #"{"elicitations":[{"mode":"url","elicitationId":"a","url":"https:\/\/a.example/?x=1","message":"Log in \"here\""},"#
        + #"{"mode":"url","elicitationId":"a","url":"https://b.example","message":"Pay"}]}"#

    @Test func `a function of the legacy era asks modern callers for pages by its error`() async throws {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { sent in
                sent.payload.contains("inputResponses")
                    ? FakeUpstream.answer(#"{"content":[{"type":"text","text":"done"}]}"#, for: "jsonrpc")
                    : Self.needsPages(Self.pages)
            }
            let ask = Ask.modernCall("rpc___echo")
            let first = try await agents.expect(200, ask.declaring(Self.all))
            #expect(first.result["resultType"] == "input_required")
            let asked = first.result["inputRequests"]
            #expect(asked?.objectValue?.members.map(\.key) == ["page-1", "page-2"])
            #expect(
                asked?["page-1"] == [
                    "method": "elicitation/create",
                    "params": ["mode": "url", "message": #"Log in "here""#, "url": "https://a.example/?x=1"],
                ]
            )
            #expect(asked?["page-2"]?["params"]?["url"] == "https://b.example")
            let responses = #"{"page-1":{"action":"accept"},"page-2":{"action":"accept"}}"#
            let second = try await agents.expect(
                200,
                ask.declaring(Self.all).answering(responses)
            )
            #expect(second.text == "done")
            // A client that can't open pages, and one of the function's own era.
            for declared in ["{}", #"{"elicitation":{}}"#] {
                let refused = try await agents.expect(400, ask.declaring(declared))
                #expect(refused.code == -32021 && !refused.body.contains("example"))
                #expect(
                    refused.json["error"]?["data"] == ["requiredCapabilities": ["elicitation": ["url": [:]]]]
                )
            }
            let legacy = try await agents.expect(200, .legacyCall("rpc___echo", version: "2025-11-25"))
            #expect(legacy.code == -32042 && legacy.body.contains("elicitationId"))
        }
    }

    @Test(arguments: [
        "null", "5", "{}", #"{"elicitations":{}}"#, #"{"elicitations":[]}"#, #"{"elicitations":[5]}"#,
        #"{"elicitations":[{"mode":"form","url":"u","message":"m"}]}"#,
        #"{"elicitations":[{"mode":"url","message":"m"}]}"#,
        #"{"elicitations":[{"mode":"url","url":5,"message":"m"}]}"#,
        #"{"elicitations":[{"mode":"url","url":"u"}]}"#,
        #"{"elicitations":["#
            + (0..<65).map { _ in #"{"mode":"url","url":"u","message":"m"}"# }.joined(separator: ",")
            + "]}",
    ])
    func `an error that names no page that can be opened is a failure of the target`(_ data: String)
        async throws
    {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { _ in Self.needsPages(data) }
            let reply = try await agents.expect(200, .modernCall("rpc___echo").declaring(Self.all))
            #expect(reply.code == -32603 && reply.json["error"]?["data"] == nil)
            #expect(reply.message == "The target asks for input that can't be relayed: Log in")
        }
    }

    @Test func `null counts as no answer, so that the function asks again`() async throws {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { _ in Self.asks(#""inputRequests":{"who":\#(Self.form)}"#) }
            let params = #""name":"rpc___echo","arguments":{},"inputResponses":null,"requestState":null"#
            let ask = Ask.modern("tools/call", params).adding("Mcp-Name", "rpc___echo").declaring(Self.all)
            let reply = try await agents.expect(200, ask)
            #expect(reply.result["resultType"] == "input_required" && reply.result["requestState"] == nil)
            let told = try Self.params(try #require(agents.upstream.sent.first?.payload))
            #expect(told["inputResponses"] == nil && told["requestState"] == nil)
        }
    }

    struct Undeclared: Sendable {
        let declared: String
        let required: JSONValue
    }

    @Test(arguments: [
        Undeclared(declared: "{}", required: ["elicitation": [:], "sampling": [:], "roots": [:]]),
        Undeclared(declared: #"{"sampling":{},"roots":{}}"#, required: ["elicitation": [:]]),
        Undeclared(
            declared: #"{"elicitation":{"url":{}},"roots":{}}"#,
            required: ["elicitation": [:], "sampling": [:]]
        ),
    ])
    func `input that the caller did not declare is an error that names it`(_ row: Undeclared) async throws {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { _ in
                Self.asks(
                    #""inputRequests":{"who":\#(Self.form),"r":{"method":"roots/list"},"#
                        + #""s":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}},"#
                        + #""requestState":"mine""#
                )
            }
            let reply = try await agents.expect(400, .modernCall("rpc___echo").declaring(row.declared))
            #expect(reply.code == -32021)
            #expect(reply.json["error"]?["data"] == ["requiredCapabilities": row.required])
            #expect(!reply.body.contains("Who?") && !reply.body.contains("requestState"))
        }
    }

    @Test(arguments: ["2025-03-26", "2025-06-18", "2025-11-25"])
    func `a legacy caller is told what is missing`(_ version: String) async throws {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { _ in Self.asks(#""inputRequests":{"who":\#(Self.form)}"#) }
            let reply = try await agents.expect(200, .legacyCall("rpc___echo", version: version))
            #expect(reply.result["isError"] == true && reply.failure["code"] == "input_required")
            #expect(reply.text?.contains("asks for further input: elicitation.") == true)
            #expect(reply.text?.contains(version) == true)
            agents.upstream.respond = { _ in
                FakeUpstream.answer(
                    #"{"jsonrpc":"2.0","id":1,"error":{"code":-32021,"message":"no","data":"#
                        + #"{"requiredCapabilities":{"roots":{}}}}}"#
                )
            }
            let refused = try await agents.expect(200, .legacyCall("rpc___echo", version: version))
            #expect(refused.result["isError"] == true && refused.text?.contains("input: roots.") == true)
            #expect(
                agents.metric(#"mcp_gateway_calls_total{target="rpc",tool="echo",outcome="tool_error"}"#)
                    == "2"
            )
        }
    }

    @Test func `a prompt and a resource may ask too, a completion may not`() async throws {
        try await withAgents(Library.snapshot()) { (agents: Agents) async throws in
            agents.upstream.respond = { sent in
                sent.payload.contains("inputResponses")
                    ? FakeUpstream.answer(
                        sent.payload.contains("prompts/get")
                            ? #"{"messages":[]}"#
                            : #"{"contents":[{"uri":"file:///a","text":"t"}],"ttlMs":5000}"#,
                        for: "jsonrpc"
                    ) : Self.asks(#""inputRequests":{"who":\#(Self.form)},"requestState":"mine""#)
            }
            for ask in [Ask.prompt("docs___search", isModern: true), .read("file:///a", isModern: true)] {
                let asking = ask.declaring(Self.all)
                let first = try await agents.expect(200, asking)
                let state = try #require(first.result["requestState"]?.stringValue)
                let second = try await agents.expect(200, asking.answering(Self.responses, state))
                #expect(second.result["resultType"] == "complete")
                // The function says that it may be kept; what was obtained by an answer never may.
                let isRead = ask.field("Mcp-Method") == "resources/read"
                #expect(second.result["ttlMs"] == (isRead ? 0 : nil), "\(second.body)")
                let legacy = try await agents.expect(
                    200,
                    ask.field("Mcp-Method") == "prompts/get"
                        ? .prompt("docs___search", isModern: false) : .read("file:///a", isModern: false)
                )
                #expect(legacy.code == -32603 && legacy.message?.contains("elicitation") == true)
                #expect(legacy.json["error"]?["data"]?["code"] == "input_required")
            }
            let ref = #"{"type":"ref/prompt","name":"docs___search"}"#
            let completion = try await agents.expect(
                200,
                Ask.complete(ref, isModern: true).declaring(Self.all)
            )
            #expect(completion.code == -32603)
            // A state of one is none of another.
            let prompt = try await agents.send(
                Ask.prompt("docs___search", isModern: true).declaring(Self.all)
            )
            let state = try #require(prompt.result["requestState"]?.stringValue)
            let tool = Ask.continuing("docs___search", "{}", Self.responses, state).declaring(Self.all)
            #expect(try await agents.expect(400, tool).code == -32602)
        }
    }

    @Test func `each round takes from the limits, a forged one too`() async throws {
        let limit = LimitEntry(id: 1, scope: .tenant(0), dayQuota: 3)
        try await withAgents(Library.snapshot(limits: [limit])) { (agents: Agents) async throws in
            agents.upstream.respond = { _ in Self.asks(#""requestState":"mine""#) }
            let ask = Ask.modernCall("docs___search").declaring(Self.all)
            let state = try #require(try await agents.send(ask).result["requestState"]?.stringValue)
            _ = try await agents.expect(200, ask.answering("{}", state))
            _ = try await agents.expect(400, ask.answering("{}", state + "A"))
            let over = try await agents.expect(429, ask.answering("{}", state))
            #expect(over.code == 429)
        }
    }

    @Test func `a state that a permission's end has overtaken opens nothing`() async throws {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { _ in Self.asks(#""requestState":"mine""#) }
            let ask = Ask.modernCall("rpc___echo").declaring(Self.all)
            let state = try #require(try await agents.send(ask).result["requestState"]?.stringValue)
            agents.publish(
                Sample.snapshot(version: 2, keys: [Keys.entry(1, Keys.good, allow: ["time___*"])])
            )
            let reply = try await agents.expect(400, ask.answering("{}", state))
            #expect(reply.message == "Unknown tool: rpc___echo")
        }
    }
}

extension Ask {
    /// The same modern request, with other capabilities of the client.
    func declaring(_ capabilities: String) -> Ask {
        var ask = self
        let text = String(decoding: body, as: UTF8.self)
        ask.body = Array(
            text.replacing(#"clientCapabilities":{}"#, with: #"clientCapabilities":\#(capabilities)"#).utf8
        )
        return ask
    }

    /// The next round of the same request.
    func answering(_ responses: String, _ state: String? = nil) -> Ask {
        var ask = self
        let text = String(decoding: body, as: UTF8.self)
        let member = state.map { #","requestState":"\#($0)""# } ?? ""
        ask.body = Array((text.dropLast(2) + #","inputResponses":\#(responses)\#(member)}}"#).utf8)
        return ask
    }

    /// The next round of a call.
    static func continuing(_ tool: String, _ arguments: String, _ responses: String, _ state: String) -> Ask {
        modernCall(tool, arguments).answering(responses, state)
    }

    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
