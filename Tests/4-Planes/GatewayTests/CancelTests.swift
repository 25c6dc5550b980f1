import EventLoop
import Gateway
import HTTP
import JSON
import Policy
import TestSupport
import Testing

/// `notifications/cancelled` of the legacy era.
struct CancelTests {
    private static func cancel(_ id: String, _ session: String?) -> Ask {
        .legacy("notifications/cancelled", #"{"requestId":\#(id),"reason":"enough"}"#, id: nil)
            .with("Mcp-Session-Id", session)
    }

    private static func call(_ id: String, _ session: String?, _ tool: String = "time___now") -> Ask {
        .legacyCall(tool, id: id, version: "2025-11-25").with("Mcp-Session-Id", session)
    }

    /// Begins a call, which the upstream holds; the reply comes when it ends.
    static func begin(_ ask: Ask, at agents: Agents) async throws -> Task<Reply, any Error> {
        let before = agents.upstream.sent.count
        let task = Task.immediate(executorPreference: agents.loop) { try await agents.send(ask) }
        #expect(agents.upstream.sent.count == before + 1)
        return task
    }

    @Test(arguments: ["1", "-7", #""a""#, #""\u0061é""#, "9007199254740993"])
    func `a cancelled call ends upstream, and its POST gets 202 without a body`(_ id: String) async throws {
        try await withAgents { agents in
            agents.upstream.holds = true
            let session = try await agents.session("2025-11-25")
            let call = try await Self.begin(Self.call(id, session), at: agents)
            try await agents.expect(202, Self.cancel(id, session))
            let reply = try await call.value
            #expect(reply.status == 202 && reply.body.isEmpty)
            #expect(agents.upstream.cancellations[0]?.isCancelled == true)
            #expect(agents.metric(#"mcp_gateway_calls_in_flight{target="time"}"#) == "0")
            let counted = #"mcp_gateway_calls_total{target="time",tool="now",outcome="cancelled"}"#
            #expect(agents.metric(counted) == "1")
            // Again, and late.
            try await agents.expect(202, Self.cancel(id, session))
        }
    }

    @Test func `a string's id is the same however it is escaped, and a number isn't a string`() async throws {
        try await withAgents { agents in
            agents.upstream.holds = true
            let session = try await agents.session("2025-11-25")
            let text = try await Self.begin(Self.call(#""1""#, session), at: agents)
            let number = try await Self.begin(Self.call("1", session), at: agents)
            try await agents.expect(202, Self.cancel(#""\u0031""#, session))
            #expect(try await text.value.status == 202)
            agents.upstream.held[1].answer()
            #expect(try await number.value.text == "done")
        }
    }

    @Test func `nobody cancels another session's call, whatever its key`() async throws {
        try await withAgents { agents in
            agents.upstream.holds = true
            let own = try await agents.session("2025-11-25")
            let second = try await agents.session("2025-11-25")
            let foreign = try await agents.session("2025-11-25", key: Keys.other)
            let call = try await Self.begin(Self.call("1", own), at: agents)
            try await agents.expect(202, Self.cancel("1", second))
            try await agents.expect(202, Self.cancel("1", foreign).by(Keys.other))
            try await agents.expect(404, Self.cancel("1", own).by(Keys.other))
            try await agents.expect(202, Self.cancel("1", nil))
            try await agents.expect(401, Self.cancel("1", own).by(Keys.unknown))
            #expect(agents.upstream.cancellations[0]?.isCancelled == false)
            agents.upstream.held[0].answer()
            #expect(try await call.value.text == "done")
        }
    }

    @Test(arguments: [
        "null", "{}", "[]", "true", #"{"requestId":null}"#, #"{"requestId":[1]}"#, #"{"requestId":{"a":1}}"#,
        #"{"requestId":2}"#, #"{"requestId":1.0}"#, #"{"requestid":1}"#,
        #"{"requestId":"\#(String(repeating: "x", count: 5_000))"}"#,
    ])
    func `a cancellation of something else is ignored`(_ params: String) async throws {
        try await withAgents { agents in
            agents.upstream.holds = true
            let session = try await agents.session("2025-11-25")
            let call = try await Self.begin(Self.call("1", session), at: agents)
            let notification = Ask.legacy("notifications/cancelled", params, id: nil)
            let reply = try await agents.send(notification.with("Mcp-Session-Id", session))
            #expect(reply.status == 202 || reply.status == 400)
            agents.upstream.held[0].answer()
            #expect(try await call.value.text == "done")
        }
    }

    @Test func `a cancellation on another loop ends the call`() async throws {
        try await withLoop { first in
            let relay = CancelRelay()
            let here = Agents(first, Sample.snapshot(), cancelRelay: relay)
            here.upstream.holds = true
            let session = try await here.session("2025-11-25")
            let call = try await Self.begin(Self.call("1", session), at: here)
            try await withLoop { second in
                let there = Agents(second, Sample.snapshot(), cancelRelay: relay)
                try await there.expect(202, Self.cancel("1", session))
            }
            #expect(try await call.value.status == 202)
        }
    }

    @Test func `in a batch the answer of a cancelled call is left out`() async throws {
        try await withAgents { agents in
            agents.upstream.holds = true
            let session = try await agents.session("2025-03-26")
            let params = #"{"name":"time___now","arguments":{}}"#
            let messages = [
                Ask.message("tools/call", params, id: "1"), Ask.message("ping", id: "2"),
            ]
            let batch = Ask.post("[\(messages.joined(separator: ","))]").with("Mcp-Session-Id", session)
            let answer = try await Self.begin(batch, at: agents)
            try await agents.expect(202, Self.cancel("1", session))
            let reply = try await answer.value
            #expect(reply.status == 200 && reply.body == #"[{"jsonrpc":"2.0","id":2,"result":{}}]"#)
            // A batch of nothing else is answered as one without requests.
            let alone = Ask.post("[\(messages[0])]").with("Mcp-Session-Id", session)
            let nothing = try await Self.begin(alone, at: agents)
            let cancel = Ask.message("notifications/cancelled", #"{"requestId":1}"#, id: nil)
            try await agents.expect(202, .post("[\(cancel)]").with("Mcp-Session-Id", session))
            #expect(try await nothing.value.status == 202)
        }
    }

    @Test func `a call without a session, and a modern one, can't be cancelled by a message`() async throws {
        try await withAgents { agents in
            agents.upstream.holds = true
            let session = try await agents.session("2025-11-25")
            let loose = try await Self.begin(Self.call("1", nil), at: agents)
            let modern = try await Self.begin(
                Ask.modernCall("time___now").with("Mcp-Session-Id", session),
                at: agents
            )
            #expect(agents.upstream.cancellations.allSatisfy { $0 == nil })
            try await agents.expect(202, Self.cancel("1", session))
            for held in agents.upstream.held { held.answer() }
            #expect(try await loose.value.text == "done")
            #expect(try await modern.value.text == "done")
        }
    }

    @Test func `of two calls of one id in a session, the first can be cancelled`() async throws {
        try await withAgents { agents in
            agents.upstream.holds = true
            let session = try await agents.session("2025-11-25")
            let first = try await Self.begin(Self.call("1", session), at: agents)
            let second = try await Self.begin(Self.call("1", session), at: agents)
            try await agents.expect(202, Self.cancel("1", session))
            #expect(try await first.value.status == 202)
            agents.upstream.held[1].answer()
            #expect(try await second.value.text == "done")
        }
    }

    @Test func `a call that a gateway's own end cuts off is answered, as nobody cancelled it`() async throws {
        try await withAgents { agents in
            agents.upstream.holds = true
            let session = try await agents.session("2025-11-25")
            let call = try await Self.begin(Self.call("1", session), at: agents)
            agents.upstream.held[0].cancel()
            let reply = try await call.value
            #expect(reply.status == 200 && reply.text == "The call was cancelled.")
        }
    }
}
