import Contracts
import EventLoop
import Gateway
import JSON
import MCP
import Policy
import TestSupport
import Testing

/// In which version functions behind HTTP events are spoken to.
struct SpokenEraTests {
    private static let able = #"{"elicitation":{}}"#
    private static let tool = "later___soon"

    private static var asking: Ask { .modernCall(tool).declaring(able) }

    @Test func `a function that serves both eras gets the newer one for callers that can be asked`()
        async throws
    {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { sent in Self.answer(sent, isModern: true) }
            #expect(try await agents.expect(200, .modernCall(Self.tool)).text == "2025-06-18")
            #expect(try await agents.expect(200, Self.asking).text == "2026-07-28")
            // From then on, callers of that version that can't be asked for anything, too.
            #expect(try await agents.expect(200, .modernCall(Self.tool)).text == "2026-07-28")
            #expect(try await agents.expect(200, .legacyCall(Self.tool)).text == "2025-06-18")
            #expect(agents.upstream.sent.count == 4)
            let event = try JSONValue(parsing: agents.upstream.sent[1].payload)
            #expect(
                event["headers"]?["mcp-method"] == "tools/call" && event["headers"]?["mcp-name"] == "soon"
            )
            #expect(event["body"]?.stringValue?.contains(#"clientCapabilities":{"elicitation":{}}"#) == true)
        }
    }

    @Test func `a function that takes any version is tried each time, and nothing is concluded`() async throws
    {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { sent in Self.answer(sent, isModern: false) }
            #expect(try await agents.expect(200, Self.asking).text == "2026-07-28")
            #expect(try await agents.expect(200, .modernCall(Self.tool)).text == "2025-06-18")
            #expect(try await agents.expect(200, Self.asking).text == "2026-07-28")
        }
    }

    @Test func `a function that refuses the newer version is called in the older, and not tried again`()
        async throws
    {
        try await withAgents { (agents: Agents) async throws in
            let function = SessionFunction()
            function.wantsSession = false
            agents.upstream.respond = { await function.answer($0) }
            for _ in 0..<3 {
                let reply = try await agents.expect(200, Self.asking)
                #expect(reply.text == "ran soon in none 2025-06-18")
            }
            #expect(function.log.count == 4)
            #expect(
                agents.metric(#"mcp_gateway_calls_total{target="later",tool="soon",outcome="ok"}"#) == "3"
            )
        }
    }

    @Test func `a function that refuses it and wants a session gets one`() async throws {
        try await withAgents { (agents: Agents) async throws in
            let function = SessionFunction()
            agents.upstream.respond = { await function.answer($0) }
            for _ in 0..<2 {
                let reply = try await agents.expect(200, Self.asking)
                #expect(reply.text == "ran soon in s1 2025-03-26")
            }
            #expect(
                function.log == [
                    "tools/call in -", "tools/call in -", "initialize in -",
                    "notifications/initialized in s1",
                    "tools/call in s1", "tools/call in s1",
                ]
            )
        }
    }

    struct Final: Sendable {
        let status: Int
        let body: String
    }

    @Test(arguments: [
        Final(status: 500, body: #"{"message":"2026-07-28 session"}"#),
        Final(
            status: 400,
            body: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"session 2026-07-28"}}"#
        ),
        Final(status: 400, body: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32021,"message":"2026-07-28"}}"#),
        Final(
            status: 400,
            body:
                #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"no session"}],"isError":true}}"#
        ),
        Final(
            status: 200,
            body: #"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"no session"}}"#
        ),
    ])
    func `an answer that may be a tool's is final, so that no tool runs twice`(_ row: Final) async throws {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { _ in SessionFunction.response(row.body, status: row.status) }
            _ = try await agents.send(Self.asking)
            #expect(agents.upstream.sent.count == 1)
        }
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request: Unsupported protocol version (supported versions: 2025-11-25)"}}"#,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no","data":{"supported":["2025-11-25"],"requested":"2026-07-28"}}}"#,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"2026-07-28 is not a version of mine"}}"#,
        "the version 2026-07-28 is unknown",
    ])
    func `a refusal of the version is known by its words`(_ body: String) async throws {
        try await withAgents { (agents: Agents) async throws in
            agents.upstream.respond = { sent in
                sent.payload.contains("2026-07-28")
                    ? SessionFunction.response(body, status: 400) : Self.answer(sent, isModern: false)
            }
            #expect(try await agents.expect(200, Self.asking).text == "2025-06-18")
            #expect(agents.upstream.sent.count == 2)
        }
    }

    /// The words are those of the official SDK behind a standard input, which a bridge hands on with the status 200.
    @Test func `a server that began with initialize refuses the version with any status`() async throws {
        try await withAgents { (agents: Agents) async throws in
            let words =
                "this connection serves the handshake protocol era; requests carrying the 2026-07-28 envelope "
                + "are not accepted on it"
            agents.upstream.respond = { sent in
                sent.payload.contains("2026-07-28")
                    ? SessionFunction.refusal(-32600, words, 200) : Self.answer(sent, isModern: false)
            }
            for _ in 0..<2 { #expect(try await agents.expect(200, Self.asking).text == "2025-06-18") }
            #expect(agents.upstream.sent.count == 3)
        }
    }

    /// Answers with the version that it was spoken to in.
    private static func answer(_ sent: FakeUpstream.Sent, isModern: Bool) -> UpstreamOutcome {
        let event = try? JSONValue(parsing: sent.payload)
        let version = event?["headers"]?["mcp-protocol-version"]?.stringValue ?? "none"
        let type = isModern && version == "2026-07-28" ? #""resultType":"complete","# : ""
        return SessionFunction.response(
            #"{"jsonrpc":"2.0","id":1,"result":{\#(type)"content":[{"type":"text","text":"\#(version)"}]}}"#
        )
    }
}
