import EventLoop
import JSON
import TestSupport
import Testing

@testable import Gateway

/// What functions behind HTTP events say before their answer, in the one body that has both.
struct ToldBeforeTests {
    private static let call = "later___soon"

    /// A body of events: what the function says, then its result.
    private static func body(
        _ told: [String],
        id: Int = 1,
        answer: String = #"{"content":[{"type":"text","text":"done"}]}"#
    ) -> UpstreamOutcome {
        let result = #"{"jsonrpc":"2.0","id":\#(id),"result":\#(answer)}"#
        let events = (told + [result]).map {
            "event: message\r\ndata: \($0.split(separator: "\n").joined())\r\n\r\n"
        }
        let text = JSONValue.string(events.joined()).text
        return FakeUpstream.answer(
            #"{"statusCode":200,"headers":{"content-type":"text/event-stream"},"body":\#(text)}"#
        )
    }

    private static func client(_ ask: Ask, _ told: [String], at agents: Agents) async throws -> EventsClient {
        agents.upstream.respond = { _ in body(told) }
        let client = EventsClient()
        agents.endpoint.serve(try ask.request(), for: client)
        await client.told()
        return client
    }

    private static let told = [
        CallStreamTests.progress("0"), CallStreamTests.log("debug"), CallStreamTests.progress("-1"),
        CallStreamTests.log("warning"), CallStreamTests.progress("2", token: #""other""#),
        #"{"jsonrpc":"2.0","id":"q","method":"roots/list"}"#, "no JSON",
        #"{"method":"notifications/message","params":{"level":"error","data":1}}"#,
    ]

    @Test func `a modern caller hears its progress, and log messages from its level on`() async throws {
        try await withAgents { agents in
            let meta = #""progressToken":"p1","io.modelcontextprotocol/logLevel":"info""#
            let ask = CallStreamTests.ask(meta, tool: Self.call)
            let client = try await Self.client(ask, Self.told, at: agents)
            #expect(client.methods == ["notifications/progress", "notifications/message", "result"])
            #expect(client.messages[1]["params"]?["level"] == "warning")
            #expect(client.sink.pieces[1].contains(#""data":{"n":1.50}"#))
            #expect(client.messages[2]["result"]?["content"]?[0]?["text"] == "done")
        }
    }

    @Test func `who wants to hear nothing gets plain JSON`() async throws {
        try await withAgents { agents in
            let client = try await Self.client(
                CallStreamTests.ask("", tool: Self.call),
                Self.told,
                at: agents
            )
            #expect(!client.hasBegun && client.reply?.text == "done")
            var alone = CallStreamTests.ask(tool: Self.call)
            alone = alone.with("Accept", "application/json")
            let other = try await Self.client(alone, Self.told, at: agents)
            #expect(!other.hasBegun)
        }
    }

    @Test func `a legacy session hears log messages from its level on`() async throws {
        try await withAgents { agents in
            let session = try await agents.session("2025-11-25")
            let ask = Ask.legacyCall(Self.call, version: "2025-11-25").with("Mcp-Session-Id", session)
            let usual = try await Self.client(ask, Self.told, at: agents)
            #expect(usual.methods == ["notifications/message", "result"])
            try await agents.expect(
                200,
                .legacy("logging/setLevel", #"{"level":"error"}"#, version: "2025-11-25")
                    .with("Mcp-Session-Id", session)
            )
            let quiet = try await Self.client(ask, Self.told, at: agents)
            #expect(!quiet.hasBegun && quiet.reply?.text == "done")
        }
    }

    @Test func `progress goes on behind the seconds that the caller was told, and ends their telling`()
        async throws
    {
        try await withAgents { agents in
            agents.endpoint.progressInterval = .milliseconds(1)
            agents.upstream.holds = true
            let client = EventsClient()
            agents.endpoint.serve(try CallStreamTests.ask(tool: Self.call).request(), for: client)
            _ = await client.sink.pieces(3)
            let told = ["0.5", "2", "1000000", "1000001"].map { CallStreamTests.progress($0) }
            agents.upstream.held[0].answer(Self.body(told))
            await client.told()
            let progress = client.messages.compactMap { $0["params"]?["progress"]?.doubleValue }
            #expect(progress.suffix(2) == [1_000_000, 1_000_001] && progress.count >= 5)
            #expect(zip(progress, progress.dropFirst()).allSatisfy { $0 < $1 }, "\(progress)")
        }
    }

    @Test func `progress grows over the rounds of questions too`() async throws {
        try await withAgents { agents in
            agents.endpoint.progressInterval = .milliseconds(20)
            agents.upstream.respond = { sent in
                sent.payload.contains("inputResponses")
                    ? Self.body([CallStreamTests.progress("50"), CallStreamTests.progress("100")], id: 2)
                    : Self.body(
                        [CallStreamTests.progress("50")],
                        answer:
                            #"{"resultType":"input_required","inputRequests":{"who":\#(AskedClient.form)}}"#
                    )
            }
            let asked = try await AskedClient(agents)
            let client = EventsClient(nil)
            let call = Ask.legacy(
                "tools/call",
                #"{"name":"\#(Self.call)","arguments":{},"_meta":{"progressToken":"p1"}}"#,
                id: "5",
                version: "2025-11-25"
            )
            agents.endpoint.serve(try asked.ask(call).request(), for: client)
            _ = await client.sink.pieces(3)  // the priming event, progress and the question
            // The time in which another caller hears the gateway's own progress passes for this one too.
            agents.upstream.holds = true
            let other = EventsClient()
            agents.endpoint.serve(try CallStreamTests.ask(tool: Self.call).request(), for: other)
            _ = await other.sink.pieces(2)
            agents.upstream.holds = false
            try await asked.accept(try #require(client.questions.first))
            await client.told()
            let progress = client.messages.compactMap { $0["params"]?["progress"]?.intValue }
            #expect(progress == [50, 100], "\(client.methods)")
            agents.upstream.held[0].answer()
        }
    }

    @Test func `a function of 2026-07-28 is told the level of a legacy caller's session`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = { _ in Self.body([CallStreamTests.log("notice")]) }
            let asked = try await AskedClient(agents)
            for (level, isHeard) in [("notice", true), ("error", false)] {
                let change = Ask.legacy("logging/setLevel", #"{"level":"\#(level)"}"#, version: "2025-11-25")
                try await agents.expect(200, asked.ask(change))
                let client = EventsClient(nil)
                agents.endpoint.serve(try asked.call(Self.call).request(), for: client)
                await client.told()
                let sent = try #require(agents.upstream.sent.last?.payload)
                #expect(sent.contains(#"io.modelcontextprotocol/logLevel\":\"\#(level)\""#), "\(sent)")
                #expect(client.methods.contains("notifications/message") == isHeard)
            }
        }
    }

    @Test func `log messages are announced to callers that see such a target`() async throws {
        try await withAgents { agents in
            for (key, isTold) in [(Keys.good, true), (Keys.narrow, false)] {
                let offer = try await agents.expect(200, Ask.modern("server/discover", "").by(key))
                #expect((offer.result["capabilities"]?["logging"] != nil) == isTold)
            }
        }
    }
}
