import JSON
import TestSupport
import Testing

/// Legacy sessions that their clients end.
struct SessionEndTests {
    private static func delete(_ session: String, _ gateway: GatewayProcess, key: String) async throws -> Int
    {
        let client = try RawClient(port: gateway.agentsPort, from: nil)
        client.send(
            "DELETE /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nMcp-Session-Id: \(session)\r\n"
                + "Authorization: Bearer \(key)\r\n\r\n"
        )
        let status = try await client.readResponse().status
        client.close()
        return status
    }

    private static func session(_ gateway: GatewayProcess, key: String) async throws -> String {
        var agent = Agent(port: gateway.agentsPort, key: key, era: .legacy)
        try await agent.initialize()
        return try #require(agent.session)
    }

    /// The statuses of a few requests in the session, each on a connection of its own, so that all loops are asked.
    private static func statuses(
        _ session: String,
        _ gateway: GatewayProcess,
        key: String
    ) async throws -> Set<Int> {
        var agent = Agent(port: gateway.agentsPort, key: key, era: .legacy)
        agent.session = session
        var statuses: Set<Int> = []
        for _ in 0..<12 { statuses.insert(try await agent.list().status) }
        return statuses
    }

    @Test func `an ended session has ended on all loops, in every server on the store, and after a restart`()
        async throws
    {
        try await Mall.with(settings: [
            "limits": "\(Mall.patience)\n\(Mall.leniency)", "server": "loops = 2\n",
        ]) { mall in
            let key = try await mall.key().key
            let workspace = mall.gateway.workspace
            var second = try await workspace.start()
            do {
                for _ in 0..<10 {
                    let session = try await Self.session(mall.gateway, key: key)
                    #expect(try await Self.statuses(session, second, key: key) == [200])
                    #expect(try await Self.delete(session, mall.gateway, key: key) == 204)
                    #expect(try await Self.statuses(session, second, key: key) == [404])
                    #expect(try await Self.statuses(session, mall.gateway, key: key) == [404])
                    #expect(try await Self.delete(session, second, key: key) == 404)
                }
                let (ended, open) = (
                    try await Self.session(second, key: key), try await Self.session(second, key: key)
                )
                #expect(try await Self.delete(ended, second, key: key) == 204)
                await second.stop()
                second = try await workspace.start()
                #expect(try await Self.statuses(ended, second, key: key) == [404])
                #expect(try await Self.statuses(open, second, key: key) == [200])
            } catch {
                await second.stop()
                throw error
            }
            await second.stop()
        }
    }

    @Test func `nobody ends another's session, and a flood of ends disturbs no other session`() async throws {
        try await Mall.with { mall in
            let (own, other) = (try await mall.key().key, try await mall.key().key)
            let victim = try await Self.session(mall.gateway, key: own)
            #expect(try await Self.delete(victim, mall.gateway, key: other) == 404)
            #expect(try await Self.delete("x", mall.gateway, key: other) == 404)
            #expect(try await Self.delete(victim, mall.gateway, key: "mgw_wrong") == 401)
            let gateway = mall.gateway
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<50 {
                            let session = try await Self.session(gateway, key: other)
                            let status = try await Self.delete(session, gateway, key: other)
                            #expect(status == 204)
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<20 {
                        let statuses = try await Self.statuses(victim, gateway, key: own)
                        #expect(statuses == [200])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.statuses(victim, gateway, key: own) == [200])
        }
    }

    @Test(arguments: ["agent_ended.py", "agent_ended1.py"])
    func `the official client is told that its session has ended, begins anew, and ends its own`(
        _ script: String
    ) async throws {
        try await Mall.with { mall in
            let python =
                script == "agent_ended.py" ? try Programs.python : try Programs.pythonOfOldClient
            var environment = Programs.environment
            environment["MCP_GATEWAY_KEY"] = try await mall.key().key
            let output = try await run(
                [python, "\(Programs.root)/Tests/Python/\(script)", mall.gateway.agentsURL],
                environment: environment
            )
            #expect(output.status == 0, "\(output.err)")
            let seen = try JSONValue(parsing: output.out)
            #expect(seen["delete"]?.intValue == 204)
            // Version 2 passes the gateway's own words on.
            let words = ["Session terminated", "The session is unknown or has ended; initialize again."]
            #expect(words.contains(seen["told"]?.stringValue ?? ""), "\(seen.text)")
            #expect(seen["again"]?.boolValue == true && seen["isNew"]?.boolValue == true)
            #expect(seen["afterClose"]?.intValue == 404)
        }
    }
}
