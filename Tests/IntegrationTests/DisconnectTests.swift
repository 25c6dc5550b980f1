import JSON
import TestSupport
import Testing

/// Clients that go away before their answer, and those that have only said all that they have to say.
struct DisconnectTests {
    /// The function answers when the test lets it, and tells when the gateway hung up on it.
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
                let workspace = gateway.workspace
                try await workspace.command(
                    "target",
                    "add",
                    "slow",
                    "--function",
                    "slow",
                    "--endpoint",
                    url,
                    "--approval",
                    "open"
                )
                try await workspace.command("target", "refresh")
                let agent = try await gateway.agent(era)
                try await gateway.awaitTool("slow___hold", agent)
                let client = try agent.beginCall("slow___hold")
                #expect(await began.wait())
                try await body(client, hungUp, release, gateway)
                release.open()
            }
        }
    }

    @Test func `a modern client that hangs up ends its call upstream`() async throws {
        try await withHeldCall(.modern) { client, hungUp, _, gateway in
            client.close()
            #expect(await hungUp.wait(seconds: 10))
            let cancelled = #"mcp_gateway_calls_total{target="slow",tool="hold",outcome="cancelled"}"#
            try await eventually("it is counted", seconds: 10) { try await gateway.metric(cancelled) == 1 }
        }
    }

    @Test func `a legacy client that hangs up leaves its call to end`() async throws {
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

    /// As `nc -N` and others do. It looks like a close until something is sent to it.
    @Test(arguments: Agent.Era.allCases)
    func `a client that ends its side after its request gets its answer`(_ era: Agent.Era) async throws {
        try await withHeldCall(era) { client, hungUp, release, _ in
            client.finish()
            // What every client passes over, and a closed socket answers with a reset.
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
