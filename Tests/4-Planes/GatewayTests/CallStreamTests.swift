import Contracts
import EventLoop
import HTTP
import JSON
import MCP
import Policy
import TestSupport
import Testing

@testable import Gateway

/// Calls whose functions stream: what the caller hears before the result, and how the call ends.
struct CallStreamTests {
    static let result =
        #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"done"}]}}"# + "\n"

    static func progress(_ value: String, token: String = #""p1""#, more: String = "") -> String {
        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\#(token),"#
            + #""progress":\#(value)\#(more)}}"# + "\n"
    }

    static func log(_ level: String) -> String {
        #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"\#(level)","data":{"n":1.50}}}"#
            + "\n"
    }

    static let snapshot = snapshot()

    /// Every function behind JSON-RPC or HTTP events streams.
    static func snapshot(timeoutMs: Int = 30_000) -> Snapshot {
        var targets = Sample.targets
        for index in targets.indices where targets[index].contract != .mcpWrapper {
            targets[index].invoke.streaming = true
            targets[index].timeoutMs = timeoutMs
        }
        return Snapshot(
            version: 1,
            targets: targets,
            tools: Sample.tools,
            tenants: Sample.tenants,
            keys: Sample.keys,
            seed: 7
        )
    }

    /// A call of a tool whose function streams, with further members of `_meta`.
    static func ask(_ meta: String = #""progressToken":"p1""#, tool: String = "rpc___echo") -> Ask {
        let capabilities = #""io.modelcontextprotocol/clientCapabilities":{}"#
        var ask = Ask.modernCall(tool)
        let body = String(decoding: ask.body, as: UTF8.self)
        ask.body = Array(
            body.replacing(capabilities, with: meta.isEmpty ? capabilities : "\(capabilities),\(meta)").utf8
        )
        return ask
    }

    static func begin(_ ask: Ask = ask(), at agents: Agents) throws -> (
        client: EventsClient, stream: FakeStream
    ) {
        agents.upstream.holds = true
        let client = EventsClient()
        agents.endpoint.serve(try ask.request(), for: client)
        let call = try #require(
            agents.upstream.held.last,
            "the call didn't reach its function: \(client.reply?.body ?? "")"
        )
        return (client, call.stream())
    }

    @Test func `progress reaches the caller while the function runs, then the result`() async throws {
        try await withAgents(Self.snapshot) { agents in
            let (client, stream) = try Self.begin(at: agents)
            #expect(!client.hasBegun)
            stream.write(Self.progress("1", more: #","total":3,"message":"one""#))
            #expect(client.methods == ["notifications/progress"])
            #expect(
                client.messages[0]["params"]
                    == ["progressToken": "p1", "progress": 1, "total": 3, "message": "one"]
            )
            stream.write(Self.progress("2.5") + Self.progress("3"))
            stream.write(Self.result)
            #expect(client.methods.count == 3, "the result waits for the end of the stream")
            stream.end()
            #expect(client.methods.last == "result")
            #expect(client.messages.last?["id"] == 1)
            #expect(client.messages.last?["result"]?["resultType"] == "complete")
            #expect(client.sink.isEnded && client.isTold && client.reply == nil)
            #expect(agents.metric(#"mcp_gateway_calls_total{target="rpc",tool="echo",outcome="ok"}"#) == "1")
            #expect(agents.metric(#"mcp_gateway_calls_in_flight{target="rpc"}"#) == "0")
        }
    }

    @Test(arguments: ["", #""progressToken":"other""#, #""progressToken":1"#])
    func `an answer without anything to say before it stays plain JSON`(_ meta: String) async throws {
        try await withAgents(Self.snapshot) { agents in
            let (client, stream) = try Self.begin(Self.ask(meta), at: agents)
            stream.write(Self.progress("1") + Self.log("error") + Self.result)
            stream.end()
            #expect(!client.hasBegun)
            #expect(client.reply?.status == 200 && client.reply?.contentType == "application/json")
            #expect(client.reply?.text == "done")
        }
    }

    @Test func `a client that takes JSON alone gets its result as JSON`() async throws {
        try await withAgents(Self.snapshot) { agents in
            let (client, stream) = try Self.begin(Self.ask().with("Accept", "application/json"), at: agents)
            stream.write(Self.progress("1") + Self.result)
            stream.end()
            #expect(!client.hasBegun && client.reply?.text == "done")
        }
    }

    @Test(arguments: [
        ("back", progress("1")), ("again", progress("2")),
        ("another's token", progress("9", token: #""p2""#)),
        ("a number for a text", progress("9", token: "1")), ("no number", progress(#""9""#)),
        ("a message that is no text", progress("9", more: #","message":1"#)),
        ("twice the same member", progress("9", more: #","progress":10"#)),
        ("a list's change", #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"# + "\n"),
        ("an unknown one", #"{"jsonrpc":"2.0","method":"notifications/own","params":{}}"# + "\n"),
    ])
    func `a notification that the caller must not see is dropped`(_ name: String, _ text: String) async throws
    {
        try await withAgents(Self.snapshot) { agents in
            let (client, stream) = try Self.begin(at: agents)
            stream.write(Self.progress("2"))
            stream.write(text)
            #expect(client.methods == ["notifications/progress"], "\(name)")
            stream.write(Self.result)
            stream.end()
            #expect(client.methods == ["notifications/progress", "result"])
        }
    }

    @Test(arguments: [("debug", 4), ("warning", 2), ("emergency", 0)])
    func `log messages reach a modern caller from its level on`(_ level: String, _ count: Int) async throws {
        try await withAgents(Self.snapshot) { agents in
            let meta = #""io.modelcontextprotocol/logLevel":"\#(level)""#
            let (client, stream) = try Self.begin(Self.ask(meta), at: agents)
            #expect(agents.upstream.sent[0].payload.contains(meta), "the function is told of the level")
            for said in ["debug", "info", "warning", "error", "none"] { stream.write(Self.log(said)) }
            stream.write(Self.result)
            stream.end()
            #expect(client.messages.filter { $0["method"] == "notifications/message" }.count == count)
            if count > 0 { #expect(client.sink.pieces[0].contains(#""data":{"n":1.50}"#)) }
        }
    }

    @Test(arguments: ["rpc___echo", "time___now"], [#""loud""#, "7", "{}", #""INFO""#])
    func `a level that doesn't exist is refused before the function is called, whether it streams or not`(
        _ tool: String,
        _ level: String
    ) async throws {
        try await withAgents(Self.snapshot) { agents in
            let client = EventsClient()
            let ask = Self.ask(#""io.modelcontextprotocol/logLevel":\#(level)"#, tool: tool)
            agents.endpoint.serve(try ask.request(), for: client)
            #expect(client.reply?.code == -32602 && client.reply?.status == 400)
            #expect(client.reply?.message?.hasPrefix("params._meta[") == true)
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    @Test func `a legacy session hears log messages from the level that it set, else from info on`()
        async throws
    {
        try await withAgents(Self.snapshot) { agents in
            let session = try await agents.session("2025-11-25")
            let ask = Ask.legacyCall("rpc___echo", version: "2025-11-25").with("Mcp-Session-Id", session)
            func heard() throws -> Int {
                let (client, stream) = try Self.begin(ask, at: agents)
                for said in ["debug", "info", "error"] { stream.write(Self.log(said)) }
                stream.write(Self.result)
                stream.end()
                #expect(client.methods.last == "result")
                return client.methods.count - 1
            }
            #expect(try heard() == 2)
            for (level, count) in [("debug", 3), ("error", 1), ("alert", 0)] {
                let set = Ask.legacy("logging/setLevel", #"{"level":"\#(level)"}"#).with(
                    "Mcp-Session-Id",
                    session
                )
                try await agents.expect(200, set)
                if count > 0 { #expect(try heard() == count) }
            }
        }
    }

    @Test func `a function that asks while it runs ends the call with what it asked`() async throws {
        try await withAgents(Self.snapshot) { agents in
            let (client, stream) = try Self.begin(at: agents)
            stream.write(#"{"jsonrpc":"2.0","id":9,"method":"sampling/createMessage","params":{}}"# + "\n")
            #expect(stream.isCancelled)
            #expect(client.reply?.failure["code"] == "input_required")
            #expect(client.reply?.text?.contains("sampling/createMessage") == true)
        }
    }

    @Test func `what follows a function's question in the same bytes is dropped with the call`() async throws
    {
        try await withAgents(Self.snapshot) { agents in
            let (client, stream) = try Self.begin(at: agents)
            let question = #"{"jsonrpc":"2.0","id":9,"method":"sampling/createMessage","params":{}}"#
            stream.write(question + "\n" + Self.progress("1") + Self.progress("2"))
            #expect(client.reply?.failure["code"] == "input_required")
            #expect(!client.hasBegun)
        }
    }

    @Test func `a result that was written over many lines is one event`() async throws {
        try await withAgents(Self.snapshot) { agents in
            let (client, stream) = try Self.begin(at: agents)
            stream.write(Self.progress("1"))
            let block = "[\r\n  {\n \"type\": \"text\",\r \"text\": \"done\"\n }\n]"
            stream.write(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\n\"result\":\n{\"content\":\(block),\n\"structuredContent\":{\n\"a\":1}}}"
            )
            stream.end()
            #expect(client.methods == ["notifications/progress", "result"])
            #expect(client.messages.last?["result"]?["structuredContent"] == ["a": 1])
        }
    }

    @Test func `two callers of one target hear only of their own calls`() async throws {
        try await withAgents(Self.snapshot) { agents in
            let (one, first) = try Self.begin(at: agents)
            let (two, second) = try Self.begin(Self.ask(#""progressToken":"p2""#).by(Keys.other), at: agents)
            for stream in [first, second] {
                stream.write(Self.progress("1") + Self.progress("2", token: #""p2""#))
            }
            #expect(one.messages.map { $0["params"]?["progressToken"] } == ["p1"])
            #expect(two.messages.map { $0["params"]?["progressToken"] } == ["p2"])
            first.write(Self.result.replacing("done", with: "one"))
            first.end()
            second.write(Self.result.replacing(#""id":1"#, with: #""id":2"#).replacing("done", with: "two"))
            second.end()
            #expect(one.messages.last?["result"]?["content"]?[0]?["text"] == "one")
            #expect(two.messages.last?["result"]?["content"]?[0]?["text"] == "two")
        }
    }

    @Test func `a function behind HTTP events streams after its prelude`() async throws {
        try await withAgents(Self.snapshot) { agents in
            let ask = Self.ask(tool: "later___soon")
            let (client, stream) = try Self.begin(ask, at: agents)
            let prelude = #"{"statusCode":200,"headers":{"content-type":"text/event-stream"}}"#
            stream.write(prelude)
            stream.write(String(repeating: "\0", count: 8) + "event: message\r\nda")
            stream.write("ta: " + Self.progress("1") + "\r\n\r\n")
            #expect(client.methods == ["notifications/progress"])
            stream.write("data: " + Self.result + "\n\n")
            stream.end()
            #expect(client.messages.last?["result"]?["content"]?[0]?["text"] == "done")
        }
    }

    @Test func `a function that wants a session gets one, and the call is streamed in it`() async throws {
        try await withAgents(Self.snapshot) { agents in
            let ask = Self.ask(tool: "later___soon")
            let (client, stream) = try Self.begin(ask, at: agents)
            let zeros = String(repeating: "\0", count: 8)
            agents.upstream.holds = false
            let answers = Steps([
                #"{"statusCode":200,"headers":{"mcp-session-id":"s1"},"body":"{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":"#
                    + #"{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{}}}"}"#,
                #"{"statusCode":202,"body":""}"#,
            ])
            agents.upstream.respond = { [upstream = agents.upstream] _ in
                let next = answers.next()
                if answers.isEmpty { upstream.holds = true }
                return FakeUpstream.answer(next)
            }
            stream.write(#"{"statusCode":400,"headers":{"content-type":"application/json"}}"# + zeros)
            stream.write(
                #"{"jsonrpc":"2.0","error":{"code":-32600,"message":"Bad Request: Missing session ID"}}"#
            )
            stream.end()
            let call = try #require(agents.upstream.held.last)
            #expect(agents.upstream.sent.count == 4)
            #expect(agents.upstream.sent[3].payload.contains("s1"))
            let second = call.stream()
            second.write(#"{"statusCode":200,"headers":{"content-type":"application/json"}}"# + zeros)
            second.write(Self.result.replacing(#""id":1"#, with: #""id":4"#))
            second.end()
            #expect(client.reply?.text == "done", "\(client.reply?.body ?? "nothing")")
        }
    }

    /// Texts, one after the other. One loop's thread only.
    private final class Steps: @unchecked Sendable {
        private var texts: [String]

        init(_ texts: [String]) { self.texts = texts }

        var isEmpty: Bool { texts.isEmpty }

        func next() -> String { texts.isEmpty ? "" : texts.removeFirst() }
    }
}
