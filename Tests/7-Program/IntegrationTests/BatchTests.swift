import JSON
import TestSupport
import Testing

/// A batch is treated as its messages one after another: with the same rights, limits, counts and notes.
struct BatchTests {
    private static let messages: [(method: String, params: String)] = [
        ("ping", "{}"), ("tools/list", "{}"), ("tools/call", #"{"name":"shop___look","arguments":{}}"#),
        ("tools/call", #"{"name":"shop___buy","arguments":{}}"#),
        ("tools/call", #"{"name":"bank___open","arguments":{}}"#),
        ("tools/call", #"{"name":"none___at_all","arguments":{}}"#), ("tools/call", #"{"arguments":{}}"#),
        ("tools/call", #"{"name":"shop___look","arguments":[]}"#),
        ("tools/call", #"{"name":"shop___look","arguments":{}}"#), ("tools/list", #"{"cursor":"x"}"#),
        ("tools/call", #"{"name":"shop___look","arguments":{}}"#), ("no/such", "{}"),
        ("tools/call", #"{"name":"shop___buy","arguments":{}}"#),
    ]

    /// The answer without the parts that differ between times and tenants.
    private static func steady(_ answer: JSONValue) -> String {
        answer.text.replacing(/try again in [^"]*/, with: "").replacing(/"retryAfterMs":\d+/, with: "")
            .replacing(/"requestId":"[^"]*"/, with: "")
    }

    @Test func `a batch meets the same rights, limits, usage and audit as its messages alone`() async throws {
        try await Mall.with(["shop": ["look", "buy"], "bank": ["open"]], open: ["shop"]) { mall in
            let (gateway, people) = (mall.gateway, mall.people)
            try await people.command("tenant", "create", "beta")
            var keys: [String] = []
            for tenant in ["acme", "beta"] {
                try await people.command("permission", "deny", tenant, "*___buy")
                try await people.command("limit", "set", "tenant", tenant, "--rate", "2/h", "--burst", "2")
                keys.append(try await mall.key(tenant).key)
                let agent = try await gateway.agent(key: keys[keys.count - 1])
                try await eventually("the rule is in force") {
                    try await agent.toolNames() == ["shop___look"]
                }
            }
            let single = Agent(port: gateway.agentsPort, key: keys[0], era: .legacy)
            var alone: [JSONValue] = []
            for (method, params) in Self.messages { alone.append(try await single.send(method, params).json) }
            let texts = Self.messages.map {
                #"{"jsonrpc":"2.0","id":7,"method":"\#($0.method)","params":\#($0.params)}"#
            }
            let client = try RawClient(port: gateway.agentsPort)
            let body = "[\(texts.joined(separator: ","))]"
            client.send(
                "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(keys[1])\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            let answer = try await Agent.answer(on: client)
            client.close()
            #expect(answer.status == 200)
            let together = try #require(answer.json.arrayValue)
            #expect(together.map { Self.steady($0) } == alone.map { Self.steady($0) })
            let codes = together.map { $0["error"]?["code"]?.intValue }
            #expect(
                codes == [
                    nil, nil, nil, -32602, -32602, -32602, -32602, -32602, nil, -32602, 429, -32601, -32602,
                ]
            )
            var standings: [JSONValue] = []
            for key in keys {
                let limit = try await gateway.portal(key).get("/limits").json["limits"]?[0]
                standings.append(limit?["remaining"] ?? .null)
            }
            #expect(standings[0] == standings[1])
            var usage: [[JSONValue?]] = []
            try await eventually("both tenants' calls are written down") {
                usage = []
                for tenant in ["acme", "beta"] {
                    let sums = try await people.json("usage", "--by", "tool", "--tenant", tenant)
                    usage += (sums["usage"]?.arrayValue ?? []).map { row in
                        ["name", "calls", "errors", "limited"].map { row[$0] }
                    }
                }
                return usage.count == 2 && usage.allSatisfy { $0[1] == 2 && $0[3] == 1 }
            }
            #expect(usage[0] == usage[1])
            // A wrong key is refused once for the whole batch, and counted and audited as for one message.
            let failures = #"mcp_gateway_authentication_failures_total{reason="unknown"}"#
            let before = try await gateway.metric(failures) ?? 0
            for body in [texts[2], "[\(texts[2]),\(texts[2])]"] {
                let client = try RawClient(port: gateway.agentsPort)
                client.send(
                    "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer mgw_00000000_x\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                #expect(try await client.readResponse().status == 401)
                client.close()
            }
            #expect(try await gateway.metric(failures) == before + 2)
        }
    }
}
