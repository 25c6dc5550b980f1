import JSON
import TestSupport
import Testing

/// A process with few descriptors serves fewer agents, but never fails a call of those for want of a descriptor.
struct DescriptorTests {
    private func with(
        _ limit: String,
        _ body: (GatewayProcess, Agent) async throws -> Void
    ) async throws {
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.tools(["look"]) : FakeLambda.text("look")
        }) { url in
            try await withWorkspace(environment: FakeLambda.credentials) { workspace in
                try await workspace.addShop(at: url)
                let limited = ["sh", "-c", "ulimit \(limit) && exec \"$@\"", "sh"]
                try await workspace.run(through: limited) { gateway in
                    let agent = try await gateway.agent()
                    try await gateway.awaitTool("shop___look", agent)
                    try await body(gateway, agent)
                }
            }
        }
    }

    @Test func `of 300 calls at once with 150 descriptors each is answered or told to come back`()
        async throws
    {
        try await with("-n 150") { gateway, agent in
            #expect(gateway.log.contains("agents.connections_max is 10000, but 150 descriptors allow"))
            let clients = try (0..<300).map { _ in try agent.beginCall("shop___look") }
            var served = 0
            for client in clients {
                let answer = try await Agent.answer(on: client)
                guard answer.status != 503 else { continue }
                #expect(answer.failureCode == nil, "\(answer.response.text)")
                served += 1
                client.close()
            }
            #expect(served >= 20)
            #expect(try await agent.call("shop___look").text == "look")
        }
    }

    @Test func `the soft limit is raised to the hard one`() async throws {
        try await with("-S -n 200") { gateway, _ in
            let limit = try await gateway.metric("process_max_fds")
            #expect(limit ?? 0 > 200)
        }
    }
}
