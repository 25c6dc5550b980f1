import JSON
import TestSupport
import Testing

/// What operators are told of a tenant's tools and limits agrees with what its agents get.
struct TruthTests {
    private func names(_ list: JSONValue) -> [String] {
        (list["tools"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }.sorted()
    }

    /// A key for each reason for which a tool is hidden.
    private func keys(_ mall: Mall) async throws -> [(key: String, prefix: String)] {
        let people = mall.people
        let keys = [
            try await mall.key(), try await mall.key("acme", "--allow", "*___look"),
            try await mall.key("acme", "--deny", "shop___*"), try await mall.key("beta"),
        ]
        try await mall.subscribe("acme", "depot", tools: "depot___l*")
        try await people.command("subscription", "request", "acme", "vault")
        try await people.command("permission", "deny", "beta", "*___buy")
        try await people.command("tool", "alias", "shop___sell", "trade")
        try await people.command("permission", "allow", "beta", "shop___buy")
        try await people.command("permission", "allow", "beta", "shop___sell")
        try await people.command("permission", "allow", "beta", "shop___look")
        try await people.command("tool", "quarantine", "depot___list")
        try await people.command("target", "disable", "attic")
        return keys
    }

    @Test func `the list of a tenant's tools, the explanations and what its agents see agree`() async throws {
        let targets = [
            "attic": ["look"], "depot": ["look", "list", "take"], "shop": ["look", "buy", "sell"],
            "vault": ["look"],
        ]
        try await Mall.with(targets, open: ["attic", "shop"]) { mall in
            try await mall.people.command("tenant", "create", "beta")
            let everything = 8
            for (index, key) in try await keys(mall).enumerated() {
                let tenant = index == 3 ? "beta" : "acme"
                let agent = try await mall.gateway.agent(key: key.key)
                let all = try await mall.people.json("tool", "list", "--tenant", tenant, "--key", key.prefix)
                let visible = try await mall.people.json(
                    "tool",
                    "list",
                    "--key",
                    key.prefix,
                    "--state",
                    "visible"
                )
                #expect(names(all).count == everything)
                #expect(try await agent.toolNames().sorted() == names(visible))
                for tool in all["tools"]?.arrayValue ?? [] {
                    let name = tool["name"]?.stringValue ?? ""
                    let mayCall = tool["access"]?["allowed"]?.boolValue == true
                    #expect(names(visible).contains(name) == mayCall)
                    let explained = try await mall.people.run(
                        ["permission", "explain", tenant, name, "--key", key.prefix]
                    )
                    #expect(explained.status == (mayCall ? 0 : 1))
                    let answer = try await agent.call(name)
                    #expect((answer.error?["code"] == -32602) == !mayCall, "\(name)")
                }
            }
            // The same through the admin API.
            let remote = try await Operator(of: mall.gateway)
            for tenant in ["acme", "beta"] {
                #expect(
                    try await remote.json("tool", "list", "--tenant", tenant)
                        == mall.people.json("tool", "list", "--tenant", tenant)
                )
            }
        }
    }

    @Test func `the use of a limit that is shown is exactly what the server has counted`() async throws {
        try await Mall.with { mall in
            let people = mall.people
            let key = try await mall.key()
            let agent = try await mall.gateway.agent(key: key.key)
            try await people.command("limit", "set", "tenant", "acme", "--quota", "5/day")
            try await people.command("limit", "set", "key", key.prefix, "--rate", "1/h", "--burst", "9")
            for calls in 1...5 {
                #expect(try await agent.call("shop___look").status == 200)
                let limits = try await people.json("limit", "list")["limits"]
                #expect(limits?[0]?["useFrom"] == "server" && limits?[1]?["useFrom"] == "server")
                #expect(limits?[0]?["use"]?[0]?["used"]?.intValue == calls)
                #expect(limits?[0]?["use"]?[0]?["left"]?.intValue == 5 - calls)
                #expect(limits?[1]?["use"]?[0]?["left"]?.intValue == 9 - calls)
            }
            let refused = try await agent.call("shop___look")
            #expect(refused.status == 429)
            let remote = try await Operator(of: mall.gateway)
            for asked in [people, remote] {
                let output = try await asked.run(["limit", "list", "-o", "json"])
                #expect(output.err.isEmpty, "\(output.err)")
                let use = try JSONValue(parsing: output.out)["limits"]?[0]?["use"]?[0]
                #expect(
                    use?["left"]?.intValue.map { "\($0)" } == refused.response.field("x-ratelimit-remaining")
                )
                #expect(
                    use?["limit"]?.intValue.map { "\($0)" } == refused.response.field("x-ratelimit-limit")
                )
                #expect(use?["used"] == 5)
            }
        }
    }
}
