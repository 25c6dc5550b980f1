import Foundation
import JSON
import TestSupport
import Testing

/// Names that shouldn't exist, through every interface: they do no harm, find nothing and match only themselves.
struct HostileNameTests {
    /// Names that no target, tenant or tool can have.
    private static let names: [String] = [
        "___", "shop___", "___look", "shop____look", "shop_____look", "a___b___c", "shop__look",
        String(repeating: "a", count: 300), "shop___" + String(repeating: "b", count: 300),
        "' OR '1'='1", "acme'; DROP TABLE tenant; --", "acme\" --", "%", "_", "shop___%", "shop___l_ok",
        "*", "?", "shop___*", "shop___loo?", "*___look", "[a-z]*", "shop___[l]ook", "{shop,bank}___look",
        "sh\u{43E}p___look", "shop___look\u{200B}", "\u{202E}kool___pohs", "shop___lo\u{301}ok",
        "\u{FEFF}shop",
        "😀___😀", "\u{1B}[31mshop", "shop___look\n", "shop\r\nX-Evil: 1", "../acme", "acme/../other", "%61cme",
        "acme%00", "\u{7F}", "SHOP___LOOK", "Acme",
    ]

    @Test(arguments: Agent.Era.allCases)
    func `no hostile name calls a tool, and each is an unknown tool`(_ era: Agent.Era) async throws {
        try await Mall.with { mall in
            let agent = try await mall.gateway.agent(era, key: mall.key().key)
            try await mall.gateway.awaitTool("shop___look", agent)
            for name in Self.names + ["shop\u{0}___look", "shop___look\u{0}", "look", " shop___look"] {
                let answer = try await agent.call(name)
                #expect(answer.error?["code"]?.intValue == -32602, "\(name): \(answer.response.text)")
                let shown = String(String.UnicodeScalarView(name.unicodeScalars.prefix(256)))
                #expect(answer.error?["message"]?.stringValue == "Unknown tool: \(shown)", "\(name)")
            }
            // JSON that no parser should accept as the tool's name.
            for name in [#""\ud800""#, #""shop___look\u12""#, "7", "null", "[\"shop___look\"]", "{}"] {
                let answer = try await agent.send("tools/call", #"{"name":\#(name)}"#, name: "shop___look")
                #expect((200..<500).contains(answer.status) && answer.result == nil, "\(name)")
            }
            #expect(try await agent.call("shop___look").text == "look")
        }
    }

    @Test func `the command line refuses hostile names and nothing changes`() async throws {
        try await Mall.with { mall in
            let people = mall.people
            let before = try await mall.state()
            let verbs: [(String) -> [String]] = [
                { ["tenant", "create", $0] }, { ["tenant", "show", $0] }, { ["tenant", "suspend", $0] },
                { ["target", "add", $0, "--function", "f", "--contract", "mcp-wrapper"] },
                { ["target", "remove", $0] },
                { ["key", "issue", $0] }, { ["key", "revoke", $0] }, { ["tool", "approve", $0] },
                { ["tool", "quarantine", $0] }, { ["subscription", "request", "acme", $0] },
                { ["subscription", "request", $0, "shop"] }, { ["subscription", "approve", $0] },
                { ["limit", "set", "tenant", $0, "--rate", "1/s"] },
                { ["limit", "set", "tenant-target", "acme/\($0)", "--rate", "1/s"] },
                { ["permission", "allow", $0, "*"] }, { ["permission", "remove", "acme", $0] },
            ]
            // Each command is a process, so every name is tried with some verbs, and every verb with some names.
            for (index, name) in Self.names.enumerated() {
                for offset in 0..<3 {
                    let words = verbs[(index * 3 + offset) % verbs.count](name)
                    let output = try await people.run(words)
                    #expect(output.status == 1 || output.status == 64, "\(words): \(output.out)")
                    #expect(output.out.isEmpty, "\(words)")
                    let strange = output.err.unicodeScalars.filter { scalar in
                        let category = scalar.properties.generalCategory
                        return category == .format || category == .control && scalar != "\n"
                    }
                    #expect(strange.isEmpty, "\(words): \(output.err)")
                    for word in ["SQL", "sqlite", "syntax error", "Fatal"] {
                        #expect(!output.err.contains(word), "\(words): \(output.err)")
                    }
                }
            }
            #expect(try await mall.state() == before)
            #expect(try await mall.expectAuditIsSound())
        }
    }

    @Test func `the APIs refuse hostile names and nothing changes`() async throws {
        try await Mall.with(["shop": ["look"], "bank": ["look"]]) { mall in
            let gateway = mall.gateway
            let issued = try await mall.people.json("admin-token", "issue", "ci", "--role", "operator")
            let admin = gateway.admin(issued["token"]?.stringValue)
            let key = try await mall.key().key
            _ = try await gateway.agent(key: key)
            let portal = gateway.portal(key)
            let before = try await mall.state()
            for name in Self.names + ["shop\u{0}", "\u{0}"] {
                let (text, path) = (JSONValue.string(name), APIClient.encoded(name))
                let answers = [
                    try await admin.post("/tenants", ["name": text]),
                    try await admin.post("/targets", ["name": text, "function": "f", "contract": "jsonrpc"]),
                    try await admin.post("/keys", ["tenant": text]),
                    try await admin.post("/subscriptions", ["tenant": "acme", "target": text]),
                    try await admin.post("/subscriptions", ["tenant": text, "target": "shop"]),
                    try await admin.send(
                        "PUT",
                        "/limits",
                        (["scope": "tenant", "name": text, "rate": "1/s"] as JSONValue).text
                    ),
                    try await admin.get("/tenants/\(path)"), try await admin.get("/targets/\(path)"),
                    try await admin.send("DELETE", "/tenants/\(path)"),
                    try await admin.send("DELETE", "/targets/\(path)"),
                    try await admin.get("/tools/\(path)"),
                    try await admin.post("/tools/\(path)/approve", [:]),
                    try await admin.post("/tools/\(path)/quarantine", [:]),
                    try await admin.post("/keys/\(path)/revoke", [:]),
                    try await admin.post("/subscriptions/\(path)/approve", [:]),
                    try await portal.post("/subscriptions", ["target": text]),
                    try await portal.get("/targets/\(path)"), try await portal.get("/targets/\(path)/tools"),
                    try await portal.get("/subscriptions/\(path)"),
                    try await portal.send("DELETE", "/subscriptions/\(path)"),
                    try await portal.get("/subscriptions?cursor=\(path)"),
                    try await admin.get("/tenants?cursor=\(path)"),
                ]
                for (index, answer) in answers.enumerated() {
                    #expect(
                        [400, 404, 409, 422].contains(answer.status),
                        "\(name), \(index): \(answer.text)"
                    )
                    #expect(answer.response.field("content-type") == "application/problem+json")
                    #expect(answer.response.field("x-evil") == nil)
                    for word in ["SQL", "sqlite", "syntax error"] {
                        #expect(!answer.text.contains(word), "\(name), \(index): \(answer.text)")
                    }
                }
                // A search text isn't a pattern and isn't SQL.
                let found = try await portal.get("/tools?q=\(path)").json["tools"]?.arrayValue ?? []
                for tool in found {
                    let exposed = tool["name"]?.stringValue ?? ""
                    #expect(exposed.contains(name) || "SHOP___LOOK" == name, "\(name) finds \(exposed)")
                }
                for path in [
                    "/subscriptions?tenant=\(path)", "/keys?tenant=\(path)", "/audit?object=\(path)",
                ] {
                    let answer = try await admin.get(path)
                    #expect(answer.status < 500, "\(path): \(answer.text)")
                    for list in ["subscriptions", "keys", "events"] {
                        #expect(answer.json[list]?.arrayValue?.isEmpty != false, "\(path): \(answer.text)")
                    }
                }
            }
            #expect(try await mall.state() == before)
            #expect(try await mall.expectAuditIsSound())
            #expect(!gateway.log.contains("failed"), "\(gateway.log.suffix(2000))")
        }
    }

    @Test func `in a pattern only the star and the question mark have a special meaning`() async throws {
        try await Mall.with(["shop": ["look", "buy"]]) { mall in
            let agent = try await mall.gateway.agent(key: mall.key().key)
            try await mall.gateway.awaitTool("shop___look", agent)
            let literal = [
                "shop___%", "shop%", "%", "shop___l__k", "shop___[a-z]*", "[a-z]*", "{shop}*",
                "shop___(look|buy)",
                "'OR'1'='1", "*';DROP/**/TABLE/**/permission;--", "^shop.*$", "shop.*", "\\*", "SHOP___*",
                "!shop*",
            ]
            for pattern in literal { try await mall.people.command("permission", "deny", "acme", pattern) }
            for pattern in literal {
                let removed = try await mall.people.json("permission", "remove", "acme", pattern)
                #expect(removed["removed"]?.arrayValue?.count == 1, "\(pattern): \(removed.text)")
                if pattern == literal.first {
                    // All other patterns are in force and this one is removed: the gateway has seen them.
                    #expect(try await agent.toolNames() == ["shop___buy", "shop___look"])
                }
            }
            try await mall.people.command("permission", "deny", "acme", "shop___l??k")
            try await eventually("the pattern is in force") {
                try await agent.toolNames() == ["shop___buy"]
            }
            try await mall.people.command("permission", "deny", "acme", "*b*y")
            try await eventually("the pattern is in force") { try await agent.toolNames() == [] }
            for pattern in [
                "", String(repeating: "*", count: 1000), "sho\u{43E}*", "a b", "shop\u{0}", "a\n",
            ] {
                let answer = try await mall.gateway.portal(agent.key).post(
                    "/subscriptions",
                    ["target": "shop", "tools": [.string(pattern)]]
                )
                #expect(answer.status == 422, "\(pattern): \(answer.text)")
            }
            #expect(try await mall.expectAuditIsSound())
        }
    }
}
