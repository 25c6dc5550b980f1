import JSON
import TestSupport
import Testing

/// Legacy clients that cancel a call by a message, which comes on another connection than the call.
struct CancellationTests {
    /// The id of a test agent's calls.
    private static let callID = 7

    private static func cancel(_ agent: Agent) async throws -> Int {
        let body = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(callID)}}"#
        let client = try RawClient(port: agent.port, from: nil)
        client.send(
            "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                + "Accept: application/json, text/event-stream\r\nAuthorization: Bearer \(agent.key)\r\n"
                + "Mcp-Session-Id: \(agent.session ?? "")\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        let status = try await client.readResponse().status
        client.close()
        return status
    }

    @Test func `a cancelled call ends upstream, on whatever loop it is, and another session's goes on`()
        async throws
    {
        let (began, hungUp, release) = (Latch(), Latch(), Latch())
        try await FakeLambda.with({ call in
            if call.isList { return FakeLambda.tools(["hold"]) }
            call.onHangUp { hungUp.open() }
            began.open()
            await release.wait()
            return FakeLambda.text("done")
        }) { url in
            let settings = ["server": "loops = 2\n"]
            try await withGateway(settings: settings, environment: FakeLambda.credentials) { gateway in
                try await gateway.addOpenTarget("slow", at: url)
                let (agent, stranger) = (try await gateway.agent(.legacy), try await gateway.agent(.legacy))
                try await gateway.awaitTool("slow___hold", agent)
                let call = try agent.beginCall("slow___hold")
                #expect(await began.wait())
                // The stranger's call has the same id.
                for _ in 0..<8 { #expect(try await Self.cancel(stranger) == 202) }
                #expect(!hungUp.hasHappened)
                #expect(try await Self.cancel(agent) == 202)
                let answer = try await Agent.answer(on: call)
                #expect(answer.status == 202 && answer.response.text.isEmpty)
                #expect(await hungUp.wait(seconds: 10))
                let cancelled = #"mcp_gateway_calls_total{target="slow",tool="hold",outcome="cancelled"}"#
                #expect(try await gateway.metric(cancelled) == 1)
                call.close()
                release.open()
            }
        }
    }
}
