import Foundation
import Glibc
import JSON
import Store
import TestSupport
import Testing

/// When a command returns, its change is in force.
struct InForceTests {
    /// Few failures are allowed, so a key that is used before it is known would lock the address out.
    private static let strict = ["limits": "\(Mall.patience)\nfailure_rate = 1\nfailure_burst = 3"]

    private static func status(_ gateway: GatewayProcess, _ key: String, _ tool: String = "shop___look")
        async throws -> Int
    {
        try await Agent(port: gateway.agentsPort, key: key, era: .modern).call(tool).status
    }

    @Test func `a hundred times, a key works at once after its issue and never after its revocation`()
        async throws
    {
        try await Mall.with(settings: [
            "limits": "\(Mall.patience)\n\(Mall.leniency)", "server": "loops = 2\n",
        ]) {
            mall in
            var issued: [Int] = [], revoked: [Int] = []
            for _ in 0..<100 {
                let (key, prefix) = try await mall.key()
                issued.append(try await Self.status(mall.gateway, key))
                try await mall.people.command("key", "revoke", prefix)
                revoked.append(try await Self.status(mall.gateway, key))
            }
            #expect(issued == Array(repeating: 200, count: 100))
            #expect(revoked == Array(repeating: 401, count: 100))
        }
    }

    @Test func `what each command grants or takes away is in force when it returns`() async throws {
        try await Mall.with(["shop": ["look", "buy"], "bank": ["pay"]], settings: Self.strict) { mall in
            let (people, gateway) = (mall.people, mall.gateway)
            let key = try await mall.key().key
            let agent = Agent(port: gateway.agentsPort, key: key, era: .modern)
            for _ in 0..<5 {
                let asked = try await people.json("subscription", "request", "acme", "bank")
                let id = "\(asked["id"]?.intValue ?? 0)"
                try await people.command("subscription", "approve", id)
                #expect(try await agent.call("bank___pay").status == 200)
                try await people.command("subscription", "revoke", id)
                #expect(try await agent.call("bank___pay").status != 200)

                try await people.command("permission", "deny", "acme", "shop___buy")
                #expect(try await agent.toolNames() == ["shop___look"])
                try await people.command("permission", "remove", "acme", "shop___buy")
                #expect(try await agent.toolNames() == ["shop___buy", "shop___look"])

                try await people.command("limit", "set", "tenant", "acme", "--quota", "0/day")
                #expect(try await agent.call("shop___look").status == 429)
                try await people.command("limit", "remove", "tenant", "acme")
                #expect(try await agent.call("shop___look").status == 200)

                try await people.command("tenant", "suspend", "acme")
                #expect(try await agent.call("shop___look").status == 401)
                try await people.command("tenant", "resume", "acme")
                #expect(try await agent.call("shop___look").status == 200)

                try await people.command("target", "disable", "shop")
                #expect(try await agent.toolNames().isEmpty)
                try await people.command("target", "enable", "shop")
                #expect(try await agent.toolNames() == ["shop___buy", "shop___look"])
            }
        }
    }

    @Test func `a target that is added and refreshed is listed when the refresh returns`() async throws {
        try await FakeLambda.with({ _ in FakeLambda.tools(["look"]) }) { url in
            try await withGateway(settings: Self.strict, environment: FakeLambda.credentials) { gateway in
                let people = Operator(gateway.workspace)
                let key = try await gateway.workspace.issueKey().key
                let agent = Agent(port: gateway.agentsPort, key: key, era: .modern)
                for number in 0..<10 {
                    let name = "shop-\(number)"
                    try await people.command(
                        "target",
                        "add",
                        name,
                        "--function",
                        "shop",
                        "--contract",
                        "mcp-wrapper",
                        "--endpoint",
                        url,
                        "--approval",
                        "open"
                    )
                    try await people.command("target", "refresh", name)
                    #expect(try await agent.toolNames().contains("\(name)___look"))
                }
            }
        }
    }

    @Test func `a change is in force in every server on the store, whichever way it was made`() async throws {
        try await Mall.with(settings: Self.strict) { mall in
            let second = try await mall.gateway.workspace.start()
            do {
                let remote = try await Operator(of: second)
                for people in [mall.people, remote, mall.people, remote] {
                    let output = try await people.run(["key", "issue", "acme", "-o", "json"])
                    #expect(output.status == 0 && output.err.isEmpty)
                    let issued = try JSONValue(parsing: output.out)
                    let key = try #require(issued["key"]?.stringValue)
                    for gateway in [mall.gateway, second] {
                        #expect(try await Self.status(gateway, key) == 200)
                    }
                    try await people.command("key", "revoke", try #require(issued["prefix"]?.stringValue))
                    for gateway in [second, mall.gateway] {
                        #expect(try await Self.status(gateway, key) == 401)
                    }
                }
            } catch {
                await second.stop()
                throw error
            }
            await second.stop()
        }
    }

    @Test func `a killed server delays no command, and a stopped one only for a second, with a note`()
        async throws
    {
        try await Mall.with { mall in
            let workspace = mall.gateway.workspace
            let second = try await workspace.start()
            // The server has applied a change, so it isn't in a start's writing, which would lock the store.
            try await mall.people.command("tenant", "create", "early")
            second.program.signal(SIGSTOP)
            let late = try await mall.people.run(["tenant", "create", "late"])
            #expect(late.status == 0 && late.out.contains("created tenant late"))
            #expect(late.err.contains("process id \(second.program.pid) has not taken it over yet"))
            // The running server has applied it.
            let key = try await mall.key("late").key
            #expect(try await Self.status(mall.gateway, key) == 200)
            let remote = try await Operator(of: mall.gateway)
            let noted = try await remote.run(["tenant", "create", "later"])
            #expect(noted.status == 0 && noted.err.contains("has not taken it over yet"))

            second.program.signal(SIGKILL)
            _ = try await second.program.end()
            await second.stop()
            let after = try await mall.people.run(["tenant", "create", "after"])
            #expect(after.status == 0 && after.err.isEmpty)
        }
    }

    /// The key is issued by a program that doesn't wait for servers.
    @Test func `a key that is only in the store works at its first use`() async throws {
        try await Mall.with(settings: Self.strict) { mall in
            let store = try Store::Store.open(path: mall.gateway.workspace.store)
            defer { store.close() }
            let tenant = try TenantName("acme")
            for _ in 0..<100 {
                let key = try await store.write(as: .system) { writing throws(StoreError) in
                    try writing.issueKey(for: tenant).key.text
                }
                #expect(try await Self.status(mall.gateway, key) == 200)
                let portal = try await store.write(as: .system) { writing throws(StoreError) in
                    try writing.issueKey(for: tenant).key.text
                }
                #expect(try await mall.gateway.portal(portal).get("/me").status == 200)
            }
            #expect(try await mall.gateway.metric("mcp_gateway_authentication_failures_total") ?? 0 == 0)
        }
    }
}
