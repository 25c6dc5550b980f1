import EventLoop
@testable import Gateway
import JSON
import MCP
import Policy
import Telemetry
import TestSupport
import Testing

/// What ends the wait for a legacy client that is asked during a call.
struct AskingEndTests {
    @Test func `a client that goes away ends its call`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            agents.endpoint.rounds.absenceMax = .zero
            let client = try await AskedClient(agents, "2025-06-18")
            let call = try client.begin(client.call())
            call.sink.disconnect()
            await call.told()
            #expect(call.isTold && agents.endpoint.questionsAreForgotten)
            #expect(
                agents.metric(#"mcp_gateway_calls_total{target="rpc",tool="echo",outcome="cancelled"}"#)
                    == "1"
            )
        }
    }

    @Test func `a cancelled call has no answer, and its questions are taken back`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            try await agents.expect(
                202,
                client.ask(.legacy("notifications/cancelled", #"{"requestId":5}"#, id: nil))
            )
            #expect(call.methods == ["elicitation/create", "notifications/cancelled"] && call.sink.isEnded)
            #expect(call.takenBack == call.questions && agents.endpoint.questionsAreForgotten)
        }
    }

    @Test func `what a round keeps of its questions counts in the sum of all`() async throws {
        try await withAgents { agents in
            let state = String(repeating: "s", count: 60_000)
            agents.upstream.respond = AskedClient.function(
                #""inputRequests":{"who":\#(AskedClient.form)},"requestState":"\#(state)""#
            )
            let client = try await AskedClient(agents)
            #expect(agents.endpoint.questions.hold(bytes: ClientQuestions.bytesMax - 100_000))
            let call = try client.begin(client.call())
            #expect(call.questions.count == 1)
            let refused = EventsClient(nil)
            agents.endpoint.serve(try client.call(id: "6").request(), for: refused)
            #expect(refused.text?.contains("Too many clients are asked at once") == true)
            call.sink.disconnect()
            agents.endpoint.drain()
            agents.endpoint.questions.release(bytes: ClientQuestions.bytesMax - 100_000)
            #expect(agents.endpoint.questionsAreForgotten)
        }
    }

    @Test func `a drain ends the wait with a result`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            // Its client has left, so no stream of it could be told.
            let left = try client.begin(client.call(id: "7"))
            left.sink.disconnect()
            agents.endpoint.drain()
            #expect(left.isTold)
            #expect(call.text?.contains("The gateway is stopping") == true && call.takenBack.count == 1)
            // One that begins in a drain doesn't wait either.
            let late = EventsClient(nil)
            agents.endpoint.serve(try client.call(id: "6").request(), for: late)
            #expect(late.text?.contains("The gateway is stopping") == true)
            #expect(agents.endpoint.questionsAreForgotten)
        }
    }

    @Test func `the end of the key ends the wait`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            agents.publish(Sample.snapshot(version: 2))
            #expect(call.methods.count == 1, "what doesn't concern it leaves it alone")
            agents.publish(Sample.snapshot(version: 3, keys: [Keys.entry(1, Keys.good, isRevoked: true)]))
            #expect(call.text?.contains("session or its credential ended") == true, "\(call.methods)")
            #expect(call.takenBack == call.questions && agents.endpoint.questionsAreForgotten)
        }
    }

    @Test func `DELETE of the session ends the wait`() async throws {
        try await withLoop { loop in
            let endings = FakeEndings()
            let agents = Agents(loop, Sample.snapshot(), sessionEnding: endings)
            endings.add(agents)
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let (client, other) = (try await AskedClient(agents), try await AskedClient(agents))
            let call = try client.begin(client.call())
            let second = try other.begin(other.call())
            try await agents.expect(204, client.ask(Ask().method("DELETE").with("Content-Type", nil)))
            #expect(call.text?.contains("session or its credential ended") == true, "\(call.methods)")
            try await other.accept(try #require(second.questions.first))
            #expect(second.text == "done" && agents.endpoint.questionsAreForgotten)
        }
    }

    @Test func `a permission that ends during the wait keeps the function from being called again`()
        async throws
    {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            agents.publish(
                Sample.snapshot(version: 2, keys: [Keys.entry(1, Keys.good, allow: ["time___*"])])
            )
            try await client.accept(try #require(call.questions.first))
            #expect(call.messages.last?["error"]?["message"] == "Unknown tool: rpc___echo")
            #expect(agents.upstream.sent.count == 1)
        }
    }

    @Test func `nobody waits for a client longer than the setting`() async throws {
        try await withAgents { agents in
            agents.settings.inputTimeoutMs = 0
            agents.publish(Sample.snapshot(version: 2))
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            _ = await call.sink.pieces(4)
            #expect(call.text?.contains("within 0 s") == true && call.takenBack == call.questions)
        }
    }
}
