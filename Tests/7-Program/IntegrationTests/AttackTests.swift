import Foundation
import JSON
import TestSupport
import Testing

/// Attempts of a tenant or a stranger to get, or learn of, what belongs to others.
struct AttackTests {
    @Test(arguments: Agent.Era.allCases)
    func `a tool that may not be used and an unknown tool get the same bytes`(_ era: Agent.Era)
        async throws
    {
        let targets = [
            "shop": ["look", "deny", "narr", "quar"], "lock": ["open", "shut", "turn"], "bank": ["open"],
            "gone": ["look"], "ends": ["look"],
        ]
        try await Mall.with(targets, open: ["shop", "gone"]) { mall in
            let people = mall.people
            try await people.command("permission", "deny", "acme", "*___deny")
            try await mall.subscribe("acme", "lock", tools: "lock___open", "lock___turn")
            try await mall.subscribe("acme", "ends")
            try await people.command("subscription", "revoke", "2")
            let agent = try await mall.gateway.agent(era, key: mall.key("acme", "--deny", "*___narr").key)
            // Each of these tools existed before, or exists for others.
            mall.shelf["lock", "turn"] = "another tool"
            try await people.command("target", "refresh", "lock")
            try await people.command("tool", "quarantine", "shop___quar")
            try await people.command("target", "disable", "gone")
            try await eventually("all of it is in force") {
                try await agent.toolNames() == ["lock___open", "shop___look"]
            }
            let hidden = [
                "unknown tool": "shop___nope", "unknown target": "none___look", "denied": "shop___deny",
                "denied to the key": "shop___narr", "quarantined": "shop___quar",
                "outside the approval": "lock___shut", "changed": "lock___turn",
                "not subscribed": "bank___open", "disabled": "gone___look", "revoked": "ends___look",
                "no name of ours": "shop_______", "another's case": "SHOP___look",
            ]
            var answers: [String: [String]] = [:]
            for (why, name) in hidden.sorted(by: { $0.key < $1.key }) {
                let answer = try await agent.call(name, #"{"secret":1}"#)
                #expect(answer.error?["message"]?.stringValue == "Unknown tool: \(name)", "\(why)")
                #expect(answer.error?["code"]?.intValue == -32602, "\(why)")
                answers[answer.response.plain(without: name), default: []].append(why)
            }
            #expect(answers.count == 1, "\(answers)")
            #expect(try await agent.call("shop___look").text == "look")
        }
    }

    /// The status for a request for a stream; the stream itself would never end.
    private func streamStatus(_ agent: Agent) async throws -> Int? {
        let client = try agent.beginStream()
        defer { client.reset() }
        return Int(await client.read(until: "\r\n").split(separator: " ").dropFirst().first ?? "")
    }

    @Test func `a session is refused with another key, and with its own key after a revocation`() async throws
    {
        try await Mall.with { mall in
            let gateway = mall.gateway
            try await mall.people.command("tenant", "create", "other")
            let (mine, prefix) = try await mall.key()
            let colleague = try await mall.key().key
            let stranger = try await mall.key("other").key
            let holder = try await gateway.agent(.legacy, key: mine)
            #expect(holder.session != nil)
            var answers: Set<String> = []
            func expectNone(_ session: String?, _ key: String, _ what: String) async throws {
                var thief = try await gateway.agent(.modern, key: key)
                thief = Agent(port: thief.port, key: key, era: .legacy, session: session)
                for answer in [try await thief.list(), try await thief.call("shop___look")] {
                    #expect(answer.status == 404, "\(what): \(answer.response.head)")
                }
                #expect(try await streamStatus(thief) == 404, "\(what)")
                answers.insert(try await thief.list().response.plain())
            }
            try await expectNone(holder.session, colleague, "a colleague's key")
            try await expectNone(holder.session, stranger, "another tenant's key")
            try await expectNone(holder.session?.replacing("A", with: "B") ?? "", stranger, "edited")
            try await expectNone("guessed", stranger, "guessed")
            #expect(answers.count == 1, "\(answers)")
            #expect(try await holder.list().status == 200)
            try await mall.people.command("key", "revoke", prefix)
            try await eventually("the key is refused") { try await holder.list().status == 401 }
            #expect(try await holder.call("shop___look").status == 401)
            #expect(try await streamStatus(holder) == 401)
            try await expectNone(holder.session, colleague, "a colleague's key, afterwards")
        }
    }

    @Test(arguments: Agent.Era.allCases)
    func `a rule that matches no tool opens no tool, and never all`(_ era: Agent.Era) async throws {
        try await Mall.with(["shop": ["look", "buy"], "lock": ["open"]], open: ["shop"]) { mall in
            try await mall.people.command("tenant", "create", "beta")
            try await mall.people.command("permission", "allow", "beta", "nosuch___*")
            try await mall.subscribe("acme", "lock", tools: "lock___nosuch")
            try await mall.subscribe("beta", "lock")
            let narrow = try await mall.gateway.agent(era, key: mall.key("acme", "--allow", "nosuch___*").key)
            let beta = try await mall.gateway.agent(era, key: mall.key("beta").key)
            let plain = try await mall.gateway.agent(era, key: mall.key().key)
            try await eventually("the rules are in force") { try await beta.toolNames() == [] }
            #expect(try await narrow.toolNames() == [])
            #expect(try await plain.toolNames() == ["shop___buy", "shop___look"])
            for agent in [narrow, beta] {
                for tool in ["shop___look", "lock___open", "nosuch___tool", "*"] {
                    let answer = try await agent.call(tool)
                    #expect(answer.error?["message"]?.stringValue == "Unknown tool: \(tool)")
                }
            }
            #expect(try await plain.call("lock___open").error?["code"] == -32602)
        }
    }

    @Test func `another tenant's cursors and subscriptions give nothing away`() async throws {
        let targets = ["shop": ["a", "b", "c", "d", "e"], "bank": ["a", "b", "c", "d", "e"]]
        let settings = ["limits": "\(Mall.patience)\n\(Mall.leniency)", "defaults": "page_size = 2"]
        try await Mall.with(targets, open: [], settings: settings) { mall in
            let (gateway, people) = (mall.gateway, mall.people)
            try await people.command("tenant", "create", "other")
            try await mall.subscribe("acme", "shop")
            try await mall.subscribe("other", "bank")
            try await people.command("limit", "set", "tenant", "other", "--rate", "7/s")
            let mine = try await gateway.agent(key: mall.key().key)
            let others = try await gateway.agent(key: mall.key("other").key)
            try await gateway.awaitTool("bank___e", others)
            try await gateway.awaitTool("shop___e", mine)
            let all = try await mine.toolNames()
            let cursor = try #require(try await others.list().result?["nextCursor"]?.stringValue)
            let page = try await mine.list(cursor: cursor)
            let names = page.result?["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
            #expect(Set(names).isSubset(of: all) && !page.response.text.contains("bank"))
            // The same in the portal.
            let (portal, theirs) = (gateway.portal(mine.key), gateway.portal(others.key))
            let asked = try await theirs.post(
                "/subscriptions",
                ["target": "shop", "reason": "a secret plan"]
            )
            let id = try #require(asked.json["id"]?.intValue)
            let unknown = try await portal.get("/subscriptions/999999")
            #expect(unknown.status == 404)
            for method in ["GET", "DELETE"] {
                let answer = try await portal.send(method, "/subscriptions/\(id)")
                let stranger = try await portal.send(method, "/subscriptions/999999")
                #expect(answer.response.plain() == stranger.response.plain(), "\(method)")
                #expect(answer.status == 404)
            }
            #expect(try await theirs.get("/subscriptions/\(id)").json["state"] == "pending")
            let theirPage = try await theirs.get("/subscriptions?limit=1")
            let portalCursor = try #require(theirPage.json["nextCursor"]?.stringValue)
            let answer = try await portal.get("/subscriptions?cursor=\(APIClient.encoded(portalCursor))")
            for entry in answer.json["subscriptions"]?.arrayValue ?? [] { #expect(entry["target"] == "shop") }
            for path in ["/me", "/targets", "/tools", "/subscriptions", "/limits", "/usage"] {
                let answer = try await portal.get(path)
                #expect(answer.status == 200, "\(path)")
                for word in ["other", "a secret plan", "\(others.key.prefix(12))"] {
                    #expect(!answer.text.contains(word), "\(path) tells of \(word): \(answer.text)")
                }
            }
            #expect(try await portal.get("/limits").json["limits"] == [])
        }
    }

    @Test(arguments: Agent.Era.allCases)
    func `a suspended tenant's streams end within a second, whatever opened them`(_ era: Agent.Era)
        async throws
    {
        try await PythonIssuer.with { issuer in
            let trust = """
                issuers = ["\(issuer.url)"]
                audiences = ["here"]
                tenant_claim = "org"
                tenants = { "o-1" = "acme", "o-2" = "other" }
                scopes = { "tools" = ["*"] }
                """
            let settings = ["limits": "\(Mall.patience)\n\(Mall.leniency)", "auth.jwt": trust]
            try await Mall.with(settings: settings) { mall in
                func token(_ organisation: String) async throws -> String {
                    try await issuer.token([
                        ("aud", "here"), ("sub", "ada"), ("org", .string(organisation)), ("scope", "tools"),
                    ])
                }
                try await mall.people.command("tenant", "create", "other")
                let gateway = mall.gateway
                let keyed = try await EventStream(gateway.agent(era, key: mall.key().key))
                let tokened = try await EventStream(gateway.agent(era, key: token("o-1")))
                let neighbour = try await EventStream(gateway.agent(era, key: token("o-2")))
                try await mall.people.command("tenant", "suspend", "acme")
                let suspended = ContinuousClock.now
                for stream in [keyed, tokened] {
                    let time = try await stream.awaitEnd() - suspended
                    #expect(time < .seconds(1))
                    #expect(stream.changes.isEmpty)
                }
                #expect(neighbour.isOpen && neighbour.changes.isEmpty)
            }
        }
    }

    @Test func `the admin API opens only to admin tokens, and to each as its role allows`() async throws {
        try await Mall.with { mall in
            let gateway = mall.gateway
            func token(_ role: String) async throws -> String {
                let issued = try await mall.people.json("admin-token", "issue", role, "--role", role)
                return try #require(issued["token"]?.stringValue)
            }
            let (operators, viewers) = (try await token("operator"), try await token("viewer"))
            let key = try await mall.key().key
            _ = try await gateway.agent(key: key)
            let reads = [
                "/tenants", "/tenants/acme", "/keys", "/targets", "/tools", "/permissions", "/subscriptions",
                "/limits", "/usage", "/audit", "/audit/verify", "/nothing", "/tenants/nobody",
            ]
            let writes: [(String, String, JSONValue)] = [
                ("POST", "/tenants", ["name": "new"]), ("POST", "/tenants/acme/suspend", [:]),
                ("DELETE", "/tenants/acme?force=true", .null), ("POST", "/keys", ["tenant": "acme"]),
                ("POST", "/permissions", ["tenant": "acme", "effect": "allow", "pattern": "*"]),
                ("POST", "/subscriptions", ["tenant": "acme", "target": "shop"]),
                ("PUT", "/limits", ["scope": "tenant", "name": "acme", "rate": "1/s"]),
                ("POST", "/tools/shop___look/quarantine", [:]), ("POST", "/refresh", [:]),
                ("DELETE", "/targets/shop", .null),
            ]
            let before = try await mall.people.json("audit", "list", "--action", "t", "--limit", "0")
            var refusals: Set<String> = []
            for stranger in [key, "mgwa_00000000_x", "", "x", "\(operators)x", String(operators.dropLast())] {
                for path in reads {
                    let answer = try await gateway.admin(stranger).get(path)
                    #expect(answer.status == 401, "GET \(path) with \(stranger.prefix(5))")
                    refusals.insert(answer.response.plain())
                }
                for (method, path, body) in writes {
                    let answer = try await gateway.admin(stranger)
                        .send(method, path, body.isNull ? "" : body.text)
                    #expect(answer.status == 401, "\(method) \(path) with \(stranger.prefix(5))")
                }
            }
            #expect(refusals.count == 1, "\(refusals)")
            for path in reads {
                let without = try await gateway.admin(nil).get(path)
                #expect(without.status == 401, "\(path)")
                #expect(without.response.field("www-authenticate")?.hasPrefix("Bearer") == true)
                let expected = path == "/nothing" || path == "/tenants/nobody" ? 404 : 200
                #expect(try await gateway.admin(viewers).get(path).status == expected, "\(path)")
                #expect(try await gateway.admin(operators).get(path).status == expected, "\(path)")
            }
            for (method, path, body) in writes {
                let text = body.isNull ? "" : body.text
                #expect(try await gateway.admin(nil).send(method, path, text).status == 401, "\(path)")
                #expect(try await gateway.admin(viewers).send(method, path, text).status == 403, "\(path)")
            }
            let after = try await mall.people.json("audit", "list", "--action", "t", "--limit", "0")
            #expect(before == after)
            #expect(try await gateway.admin(operators).post("/tenants", ["name": "new"]).status == 201)
        }
    }

    @Test func `neither API takes the other's credentials, nor is it served at the other's listener`()
        async throws
    {
        try await Mall.with { mall in
            let gateway = mall.gateway
            let issued = try await mall.people.json("admin-token", "issue", "ci", "--role", "operator")
            let admin = try #require(issued["token"]?.stringValue)
            let key = try await mall.key().key
            _ = try await gateway.agent(key: key)
            let portal = try await gateway.portal(admin).get("/targets")
            #expect(portal.status == 401)
            let guessed = try await gateway.portal("mgw_00000000_x").get("/targets")
            #expect(portal.response.plain() == guessed.response.plain())
            #expect(try await gateway.portal(admin).post("/subscriptions", ["target": "shop"]).status == 401)
            #expect(try await gateway.portal(nil).get("/targets").status == 401)
            #expect(try await gateway.admin(key).get("/tenants").status == 401)
            #expect(try await gateway.admin(key).post("/tenants", ["name": "mine"]).status == 401)
            let agent = Agent(port: gateway.agentsPort, key: admin, era: .modern)
            #expect(try await agent.list().status == 401)
            #expect(try await agent.call("shop___look").status == 401)
            let misplaced = [
                APIClient(port: gateway.agentsPort, root: "/admin/v1", token: admin),
                APIClient(port: gateway.adminPort, root: "/portal/v1", token: key),
            ]
            for client in misplaced { #expect(try await client.get("/targets").status == 404) }
            #expect(try await gateway.portal(key).get("/targets").status == 200)
            #expect(try await gateway.admin(admin).get("/targets").status == 200)
            let log = gateway.log
            #expect(!log.contains(key) && !log.contains(admin))
        }
    }
}
