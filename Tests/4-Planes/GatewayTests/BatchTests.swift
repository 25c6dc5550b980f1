import EventLoop
import Gateway
import JSON
import Policy
import TestSupport
import Testing

/// Several messages in one POST, which only 2025-03-26 has.
struct BatchTests {
    private static func batch(_ messages: [String]) -> Ask {
        .post("[" + messages.joined(separator: " , ") + "]")
    }

    @Test func `the requests of a batch are answered in order, and its other messages are not answered`()
        async throws
    {
        try await withAgents { agents in
            let session = try await agents.session("2025-03-26")
            let ask = Self.batch([
                Ask.message("ping", id: #""first""#), Ask.message("notifications/initialized", id: nil),
                Ask.message("tools/call", #"{"name":"time___now","arguments":{"a":1.0}}"#, id: "2"),
                #"{"jsonrpc":"2.0","id":9,"result":{}}"#, Ask.message("no/such", id: "3"),
                Ask.message("tools/call", #"{"name":"time___absent"}"#, id: "4"),
                Ask.message("tools/call", #"{"arguments":{}}"#, id: "5"), Ask.message("tools/list", id: "5"),
            ])
            for reply in [
                try await agents.expect(200, ask),
                try await agents.expect(200, ask.with("Mcp-Session-Id", session)),
            ] {
                let answers = try #require(reply.json.arrayValue)
                let expected: [JSONValue] = ["first", 2, 3, 4, 5, 5]
                #expect(answers.map { $0["id"] } == expected)
                let codes = answers.map { $0["error"]?["code"]?.intValue }
                #expect(codes == [nil, nil, -32601, -32602, -32602, nil])
                #expect(answers[1]["result"]?["content"]?[0]?["text"]?.stringValue == "done")
                #expect(answers[5]["result"]?["tools"]?.arrayValue?.count == Sample.visible.count)
            }
            #expect(agents.upstream.sent.count == 2)
            #expect(agents.upstream.sent[0].payload.contains(#"{"a":1.0}"#))
        }
    }

    @Test func `a batch without a request gets 202`() async throws {
        try await withAgents { agents in
            let only = [Ask.message("notifications/x", id: nil), #"{"jsonrpc":"2.0","id":1,"result":1}"#]
            let reply = try await agents.expect(202, Self.batch(only))
            #expect(reply.body.isEmpty)
        }
    }

    struct Refused: Sendable {
        let ask: Ask
        var session: String?
    }

    @Test(arguments: [
        Refused(ask: .post("[]")),
        Refused(ask: .post("[ ]")),
        Refused(ask: .post("[1]")),
        Refused(ask: .post("[[\(Ask.message("ping"))]]")),
        Refused(ask: batch([Ask.message("ping"), Ask.message("initialize", "{}", id: "2")])),
        Refused(ask: batch([Ask.message("ping"), #"{"id":1}"#])),
        Refused(ask: batch([Ask.message("ping")]).with("MCP-Protocol-Version", "2025-06-18")),
        Refused(ask: batch([Ask.message("ping")]).with("MCP-Protocol-Version", "2025-11-25")),
        Refused(ask: batch([Ask.message("ping")]).with("MCP-Protocol-Version", "2026-07-28")),
        Refused(ask: batch([Ask.message("tools/list", "{\(Ask.modernMeta)}")])),
        Refused(ask: batch([String](repeating: Ask.message("ping"), count: 101))),
        Refused(ask: batch([Ask.message("ping")]), session: "2025-06-18"),
        Refused(ask: batch([Ask.message("ping")]), session: "2025-11-25"),
    ])
    func `an array that is not a valid batch of 2025-03-26 is refused as a whole`(_ row: Refused) async throws
    {
        try await withAgents { agents in
            var ask = row.ask
            if let version = row.session {
                ask = ask.with("Mcp-Session-Id", try await agents.session(version))
            }
            let reply = try await agents.expect(400, ask)
            #expect(reply.code == -32600)
            #expect(agents.upstream.sent.isEmpty)
        }
    }

    @Test func `a batch may have a hundred messages`() async throws {
        try await withAgents { agents in
            let reply = try await agents.expect(
                200,
                Self.batch((0..<100).map { Ask.message("ping", id: "\($0)") })
            )
            #expect(reply.json.arrayValue?.count == 100)
        }
    }

    @Test
    func `after a key expires within a batch, the rest is refused, and other keys' lists are unaffected`()
        async throws
    {
        try await withLoop { loop in
            let keys = [
                Keys.entry(1, Keys.good, expiresAtMs: loop.wallMs + 20), Keys.entry(2, Keys.other),
            ]
            let agents = Agents(loop, Sample.snapshot(keys: keys))
            agents.upstream.respond = { _ in
                await loop.sleep(for: .milliseconds(60))
                return FakeUpstream.answer("{}")
            }
            let call = Ask.message("tools/call", #"{"name":"time___now"}"#, id: "1")
            let list = Ask.message("tools/list", id: "2")
            let reply = try await agents.expect(200, Self.batch([call, list, call]))
            let codes = reply.json.arrayValue?.map { $0["error"]?["code"]?.intValue }
            #expect(codes == [nil, -32600, -32600])
            #expect(agents.upstream.sent.count == 1)
            let other = try await agents.expect(200, Ask.legacy("tools/list").by(Keys.other))
            #expect(other.result["tools"]?.arrayValue?.count == Sample.visible.count)
        }
    }

    @Test func `after a key is revoked within a batch, its remaining calls are not carried out`() async throws
    {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                agents.publish(Sample.snapshot(version: 2, keys: [Keys.entry(1, Keys.good, isRevoked: true)]))
                return FakeUpstream.answer("{}")
            }
            let call = Ask.message("tools/call", #"{"name":"time___now"}"#, id: "1")
            try await agents.expect(200, Self.batch([call, call, call]))
            #expect(agents.upstream.sent.count == 1)
        }
    }

    @Test func `a permission that is removed within a batch does not apply to the rest of the batch`()
        async throws
    {
        try await withAgents { agents in
            agents.upstream.respond = { _ in
                let narrowed = Keys.entry(1, Keys.good, allow: ["rpc___*"])
                agents.publish(Sample.snapshot(version: 2, keys: [narrowed]))
                return FakeUpstream.answer("{}")
            }
            let call = Ask.message("tools/call", #"{"name":"time___now"}"#, id: "1")
            let list = Ask.message("tools/list", id: "2")
            let reply = try await agents.expect(200, Self.batch([call, call, list]))
            let answers = try #require(reply.json.arrayValue)
            #expect(answers.map { $0["error"]?["code"]?.intValue } == [nil, -32602, nil])
            let names = answers[2]["result"]?["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
            #expect(names == ["rpc___echo", "rpc___query"])
            #expect(agents.upstream.sent.count == 1)
        }
    }

    @Test func `a batch whose answers get too large carries out no more calls`() async throws {
        try await withAgents { agents in
            let text = String(repeating: "x", count: 3_000_000)
            agents.upstream.respond = { _ in
                FakeUpstream.answer(#"{"content":[{"type":"text","text":"\#(text)"}]}"#)
            }
            let call = Ask.message("tools/call", #"{"name":"time___now"}"#, id: "1")
            let reply = try await agents.expect(200, Self.batch([String](repeating: call, count: 20)))
            #expect(reply.body.utf8.count < 16_000_000)
            #expect(reply.json.arrayValue?.count == 20)
            #expect(agents.upstream.sent.count < 5)
        }
    }

    @Test func `a batch that takes too long begins no more messages, and each of them gets an error`()
        async throws
    {
        try await withAgents { agents in
            agents.shortenBatches(toMs: 20)
            agents.upstream.respond = { _ in
                await agents.loop.sleep(for: .milliseconds(60))
                return FakeUpstream.answer("{}")
            }
            let call = Ask.message("tools/call", #"{"name":"time___now"}"#, id: "1")
            let reply = try await agents.expect(200, Self.batch([call, call, Ask.message("ping", id: "2")]))
            let answers = try #require(reply.json.arrayValue)
            #expect(answers.map { $0["error"]?["code"]?.intValue } == [nil, -32603, -32603])
            #expect(answers.map { $0["id"]?.intValue } == [1, 1, 2])
            #expect(agents.upstream.sent.count == 1)
        }
    }
}
