import Glibc
import JSON
import TestSupport
import Testing

/// Clients that hang up before their answer, and clients that only end their sending side.
struct DisconnectTests {
    /// Runs `body` with a call whose function answers when the test lets it; the test sees when the gateway hangs up on
    /// it.
    private func withHeldCall(
        _ era: Agent.Era,
        _ body: (_ client: RawClient, _ hungUp: Latch, _ release: Latch, GatewayProcess) async throws -> Void
    ) async throws {
        let (began, hungUp, release) = (Latch(), Latch(), Latch())
        try await FakeLambda.with({ call in
            if call.isList { return FakeLambda.tools(["hold"]) }
            call.onHangUp { hungUp.open() }
            began.open()
            await release.wait()
            return FakeLambda.text("done")
        }) { url in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                try await gateway.addOpenTarget("slow", at: url)
                let agent = try await gateway.agent(era)
                try await gateway.awaitTool("slow___hold", agent)
                let client = try agent.beginCall("slow___hold")
                #expect(await began.wait())
                try await body(client, hungUp, release, gateway)
                release.open()
            }
        }
    }

    @Test func `when a modern client hangs up, its call ends upstream`() async throws {
        try await withHeldCall(.modern) { client, hungUp, _, gateway in
            client.close()
            #expect(await hungUp.wait(seconds: 10))
            let cancelled = #"mcp_gateway_calls_total{target="slow",tool="hold",outcome="cancelled"}"#
            try await eventually("it is counted", seconds: 10) { try await gateway.metric(cancelled) == 1 }
        }
    }

    @Test func `when a legacy client hangs up, its call runs to its end`() async throws {
        try await withHeldCall(.legacy) { client, hungUp, release, gateway in
            client.close()
            try await eventually("its connection is gone", seconds: 10) {
                try await gateway.metric("mcp_gateway_connections") == 0
            }
            #expect(try await gateway.metric(#"mcp_gateway_calls_in_flight{target="slow""#) == 1)
            #expect(!hungUp.hasHappened)
            release.open()
            let done = #"mcp_gateway_calls_total{target="slow",tool="hold",outcome="ok"}"#
            try await eventually("it is counted", seconds: 10) { try await gateway.metric(done) == 1 }
            #expect(!hungUp.hasHappened)
        }
    }

    @Test func `a call whose client hung up is finished and counted before the gateway ends`() async throws {
        try await withHeldCall(.legacy) { client, hungUp, release, gateway in
            client.close()
            try await eventually("its connection is gone", seconds: 10) {
                try await gateway.metric("mcp_gateway_connections") == 0
            }
            gateway.program.signal(SIGTERM)
            try await eventually("it drains", seconds: 10) {
                try await gateway.get("/readyz", port: gateway.adminPort).status == 503
            }
            #expect(gateway.program.current.status == nil && !hungUp.hasHappened)
            release.open()
            #expect(try await gateway.program.end(seconds: 20).status == 0)
            #expect(!hungUp.hasHappened)
            let sums = try await gateway.workspace.json("usage", "--by", "tool")["usage"]?.arrayValue ?? []
            #expect(sums.map { $0["calls"]?.intValue } == [1] && sums.map { $0["errors"]?.intValue } == [0])
        }
    }

    @Test func `a call that outlasts the drain is given up, and counted as failed`() async throws {
        let (began, release) = (Latch(), Latch())
        try await FakeLambda.with({ call in
            if call.isList { return FakeLambda.tools(["hold"]) }
            began.open()
            await release.wait()
            return FakeLambda.text("done")
        }) { url in
            let settings = ["server": "drain_timeout = \"200ms\""]
            try await withGateway(settings: settings, environment: FakeLambda.credentials) { gateway in
                let people = Operator(gateway.workspace)
                try await gateway.addOpenTarget("slow", at: url)
                let agent = try await gateway.agent(.legacy)
                let client = try agent.beginCall("slow___hold")
                #expect(await began.wait())
                client.close()
                gateway.program.signal(SIGTERM)
                #expect(try await gateway.program.end(seconds: 20).status == 0)
                #expect(gateway.log.contains("calls were still under way"))
                release.open()
                let sums = try await people.json("usage", "--by", "tool")["usage"]?.arrayValue ?? []
                #expect(
                    sums.map { $0["calls"]?.intValue } == [1] && sums.map { $0["errors"]?.intValue } == [1]
                )
            }
        }
    }

    /// `nc -N` and others do this. It looks like a close until something is sent to the client.
    @Test(arguments: Agent.Era.allCases)
    func `a client that ends its sending side after its request gets its answer`(_ era: Agent.Era)
        async throws
    {
        try await withHeldCall(era) { client, hungUp, release, _ in
            client.finish()
            // Every client ignores this interim answer, but a closed socket answers it with a reset.
            let sign = try await client.readResponse()
            #expect(sign.status == 100)
            release.open()
            let answer = try await Agent.answer(on: client)
            #expect(answer.text == "done")
            #expect(await client.readToEnd() == "")
            #expect(!hungUp.hasHappened)
        }
    }
}
