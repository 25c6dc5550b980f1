import Foundation
import JSON
import TestSupport
import Testing

/// Agents with access tokens from a third party's issuer, against the real program.
struct TokenTests {
    private static let audience = "https://gateway.example.com/mcp"
    /// These tests ask repeatedly until something is true.
    private static let limits =
        ["request_rate", "request_burst", "failure_rate", "failure_burst"].map { "\($0) = 1000000" }
        .joined(separator: "\n")

    /// Runs `body` with an issuer, a gateway that trusts it, and an open target `shop` of two tools.
    private func withShop(
        required: String = "",
        _ body: (GatewayProcess, PythonIssuer) async throws -> Void
    ) async throws {
        try await FakeLambda.with({ call in
            call.isList ? FakeLambda.tools(["look", "buy"]) : FakeLambda.text("done")
        }) { lambda in
            try await PythonIssuer.with { issuer in
                let settings = """
                    issuers = ["\(issuer.url)"]
                    audiences = ["\(Self.audience)"]
                    resource = "\(Self.audience)"
                    tenant_claim = "org.id"
                    tenants = { "o-1" = "acme", "o-2" = "other", "o-3" = "nobody" }
                    scopes = { "shop:read" = ["*___look"], "shop:all" = ["*"] }
                    \(required)
                    """
                try await withGateway(
                    settings: ["auth.jwt": settings, "limits": Self.limits],
                    environment: FakeLambda.credentials
                ) { gateway in
                    let workspace = gateway.workspace
                    try await workspace.command("tenant", "create", "acme")
                    try await workspace.command("tenant", "create", "other")
                    try await workspace.addShop(at: lambda)
                    try await workspace.command("target", "refresh", "shop")
                    let token = try await issuer.token(Self.claims())
                    let agent = Agent(port: gateway.agentsPort, key: token, era: .modern)
                    try await eventually("the tenant and the tools are known") {
                        let answer = try await agent.list()
                        return answer.status == 200 && answer.result?["tools"]?.arrayValue?.count == 2
                    }
                    try await body(gateway, issuer)
                }
            }
        }
    }

    private static func claims(
        _ scope: String = "shop:all",
        subject: String = "ada",
        organisation: String = "o-1",
        more: [(String, JSONValue)] = []
    ) -> [(String, JSONValue)] {
        [
            ("aud", .string(audience)), ("sub", .string(subject)), ("client_id", "agent"),
            ("scope", .string(scope)), ("org", ["id": .string(organisation)]),
        ] + more
    }

    private func agent(_ gateway: GatewayProcess, _ token: String, _ era: Agent.Era) async throws -> Agent {
        var agent = Agent(port: gateway.agentsPort, key: token, era: era)
        if era == .legacy { try await agent.initialize() }
        return agent
    }

    @Test func `a client without a token is led to the issuer, and its tokens work in both eras`()
        async throws
    {
        try await withShop { gateway, issuer in
            let stranger = try await Agent(port: gateway.agentsPort, key: "x", era: .modern).list()
            #expect(stranger.status == 401)
            let challenge = try #require(stranger.response.field("www-authenticate"))
            #expect(challenge.contains(#"error="invalid_token""#))
            let place = "https://gateway.example.com/.well-known/oauth-protected-resource/mcp"
            #expect(challenge.hasPrefix("Bearer resource_metadata=\"\(place)\""))
            for path in [
                "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource",
            ] {
                let answer = try await gateway.get(path, port: gateway.agentsPort)
                #expect(answer.status == 200)
                let document = try JSONValue(parsing: answer.text)
                #expect(
                    document == [
                        "resource": .string(Self.audience), "authorization_servers": [.string(issuer.url)],
                        "scopes_supported": ["shop:read", "shop:all"], "bearer_methods_supported": ["header"],
                    ]
                )
            }
            for algorithm in ["RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA"] {
                for era in Agent.Era.allCases {
                    let token = try await issuer.token(Self.claims(), algorithm: algorithm)
                    let agent = try await agent(gateway, token, era)
                    #expect(try await agent.toolNames() == ["shop___buy", "shop___look"], "\(algorithm)")
                    #expect(try await agent.call("shop___buy").text == "done", "\(algorithm)")
                }
            }
            // Keys still work besides tokens.
            let keyed = try await gateway.agent()
            #expect(try await keyed.toolNames().count == 2)
        }
    }

    @Test(arguments: Agent.Era.allCases)
    func `scopes open tools, and a tool that needs another scope is 403 with the scopes to ask for`(
        _ era: Agent.Era
    )
        async throws
    {
        try await withShop { gateway, issuer in
            let token = try await issuer.token(Self.claims("shop:read openid"))
            let agent = try await agent(gateway, token, era)
            #expect(try await agent.toolNames() == ["shop___look"])
            #expect(try await agent.call("shop___look").text == "done")
            let refused = try await agent.call("shop___buy")
            #expect(refused.status == 403)
            let challenge = try #require(refused.response.field("www-authenticate"))
            #expect(challenge.contains(#"error="insufficient_scope""#))
            #expect(challenge.contains(#"scope="shop:read shop:all""#))
            #expect(challenge.contains("resource_metadata="))
            let unknown = try await agent.call("shop___steal")
            #expect(unknown.error?["code"]?.intValue == -32602)
            #expect(unknown.error?["message"]?.stringValue == "Unknown tool: shop___steal")
        }
    }

    @Test func `an unknown scope and a missing one open nothing in any era`() async throws {
        try await withShop { gateway, issuer in
            for scope in ["shop:everything", "SHOP:ALL", "shop:all,shop:read", "*", "shop", ""] {
                let token = try await issuer.token(Self.claims(scope))
                for era in Agent.Era.allCases {
                    let agent = try await agent(gateway, token, era)
                    #expect(try await agent.toolNames() == [], "\(scope)")
                    #expect(try await agent.call("shop___look").status == 403, "\(scope)")
                }
                let me = try await gateway.portal(token).get("/me").json
                #expect(me["tools"] == 0 && me["scopes"] == [], "\(scope)")
            }
            let none = try await issuer.token(Self.claims(more: [("scope", nil)]))
            #expect(try await agent(gateway, none, .modern).toolNames() == [])
        }
    }

    @Test func `what is cached for one token is never shown to the holder of another`() async throws {
        try await withShop { gateway, issuer in
            var holders: [(token: String, tenant: String, subject: String, tools: [String])] = []
            for (tenant, organisation) in [("acme", "o-1"), ("other", "o-2")] {
                for (scope, tools) in [
                    ("shop:read", ["shop___look"]), ("shop:all", ["shop___buy", "shop___look"]),
                ] {
                    for subject in ["ada", "eve"] {
                        let token = try await issuer.token(
                            Self.claims(scope, subject: subject, organisation: organisation)
                        )
                        holders.append((token, tenant, subject, tools))
                    }
                }
            }
            for holder in holders + holders.reversed() {
                let me = try await gateway.portal(holder.token).get("/me").json
                #expect(me["tenant"]?.stringValue == holder.tenant)
                #expect(me["subject"]?.stringValue == holder.subject)
                for era in Agent.Era.allCases {
                    #expect(try await agent(gateway, holder.token, era).toolNames() == holder.tools)
                }
            }
        }
    }

    @Test func `a token without a required scope is refused with that reason at once`() async throws {
        try await withShop(required: #"required_scopes = ["shop:all"]"#) { gateway, issuer in
            let token = try await issuer.token(Self.claims("shop:read"))
            let answer = try await Agent(port: gateway.agentsPort, key: token, era: .modern).list()
            #expect(answer.status == 403)
            #expect(answer.response.field("www-authenticate")?.contains(#"scope="shop:all""#) == true)
        }
    }

    @Test func `tokens that aren't valid, or are for another gateway, all get the same 401`() async throws {
        try await withShop { gateway, issuer in
            let now = Int(Date().timeIntervalSince1970)
            let bad: [(String, String)] = [
                ("expired", try await issuer.token(Self.claims(more: [("exp", .int(now - 61))]))),
                ("not yet", try await issuer.token(Self.claims(more: [("nbf", .int(now + 120))]))),
                ("from the future", try await issuer.token(Self.claims(more: [("iat", .int(now + 120))]))),
                ("audience", try await issuer.token(Self.claims(more: [("aud", "https://other.example")]))),
                ("issuer", try await issuer.token(Self.claims(more: [("iss", "https://other.example")]))),
                ("organisation", try await issuer.token(Self.claims(organisation: "o-9"))),
                ("tenant", try await issuer.token(Self.claims(organisation: "o-3"))),
                ("no end", try await issuer.token(Self.claims(more: [("exp", nil)]))),
                ("no audience", try await issuer.token(Self.claims(more: [("aud", nil)]))),
                ("no issuer", try await issuer.token(Self.claims(more: [("iss", nil)]))),
                ("no subject", try await issuer.token(Self.claims(more: [("sub", nil)]))),
                ("an empty subject", try await issuer.token(Self.claims(more: [("sub", "")]))),
                ("no organisation", try await issuer.token(Self.claims(more: [("org", nil)]))),
                ("an empty organisation", try await issuer.token(Self.claims(organisation: ""))),
                ("ID token", try await issuer.token(Self.claims(), headers: [("typ", "id+jwt")])),
                ("stranger", try await issuer.token(Self.claims(), as: "stranger")),
                ("none", try await issuer.token(Self.claims(), as: "none")),
                ("public key", try await issuer.token(Self.claims(), as: "public-key")),
                ("critical", try await issuer.token(Self.claims(), headers: [("crit", ["x"]), ("x", 1)])),
                ("garbage", "eyJ.eyJ.eyJ"),
            ]
            var answers: Set<String> = []
            for (why, token) in bad {
                for era in Agent.Era.allCases {
                    let answer = try await Agent(port: gateway.agentsPort, key: token, era: era).list()
                    #expect(answer.status == 401, "\(why)")
                    let challenge = answer.response.field("www-authenticate") ?? ""
                    answers.insert("\(challenge)\n\(answer.response.text)")
                }
                #expect(try await gateway.portal(token).get("/me").status == 401, "\(why)")
            }
            #expect(answers.count == 1, "an answer must not tell what was wrong: \(answers)")
            #expect(!gateway.log.contains("eyJ"), "a log must hold no token")
        }
    }

    @Test
    func `a rotated key is adopted, the old key's tokens end, and an issuer that is down affects nobody`()
        async throws
    {
        try await withShop { gateway, issuer in
            let before = try await issuer.token(Self.claims())
            try await issuer.rotate()
            let after = try await issuer.token(Self.claims(), algorithm: "ES256")
            let old = Agent(port: gateway.agentsPort, key: before, era: .modern)
            let new = Agent(port: gateway.agentsPort, key: after, era: .modern)
            #expect(try await old.list().status == 200)
            // Keys are fetched at most every ten seconds, however often an unknown one is presented.
            let fetches = try await issuer.fetches()
            try await eventually("the new key is known") { try await new.list().status == 200 }
            #expect(try await issuer.fetches() == fetches + 1)
            #expect(try await old.list().status == 401)
            try await issuer.isDown(true)
            #expect(try await new.list().status == 200)
            let stranger = try await issuer.token(Self.claims(), headers: [("kid", "nobody")])
            #expect(
                try await Agent(port: gateway.agentsPort, key: stranger, era: .modern).list().status == 401
            )
            #expect(try await new.list().status == 200)
        }
    }

    @Test func `without a resource in the settings, clients get the listener's own address`()
        async throws
    {
        let settings = """
            issuers = [{ url = "https://login.example.com", tenant = "acme" }]
            audiences = ["gateway"]
            """
        try await withGateway(settings: ["auth.jwt": settings]) { gateway in
            let path = "/.well-known/oauth-protected-resource/mcp"
            let answer = try await gateway.get(path, port: gateway.agentsPort)
            #expect(try JSONValue(parsing: answer.text)["resource"]?.stringValue == gateway.agentsURL)
            let post = try await gateway.get(path, port: gateway.agentsPort, method: "DELETE")
            #expect(post.status == 405)
            let refused = try await Agent(port: gateway.agentsPort, key: "x", era: .modern).list()
            let place = "http://127.0.0.1:\(gateway.agentsPort)\(path)"
            #expect(refused.response.field("www-authenticate")?.contains("\"\(place)\"") == true)
        }
    }

    @Test func `an issuer at an instance's metadata service prevents the start`() async throws {
        let settings = """
            issuers = [{ url = "https://169.254.169.254", tenant = "acme" }]
            audiences = ["gateway"]
            """
        try await withWorkspace(settings: ["auth.jwt": settings]) { workspace in
            let output = try await workspace.run(["serve", "--config", workspace.config])
            #expect(output.status == 1)
            #expect(output.err.contains("auth.jwt.issuers: https://169.254.169.254 can't be asked"))
        }
    }

    @Test func `a suspended tenant's tokens are refused, and a session stays with its subject`() async throws
    {
        try await withShop { gateway, issuer in
            let ada = try await agent(gateway, issuer.token(Self.claims()), .legacy)
            #expect(ada.session != nil)
            let renewed = try await issuer.token(Self.claims("shop:read"))
            let eve = try await issuer.token(Self.claims(subject: "eve"))
            var same = Agent(port: gateway.agentsPort, key: renewed, era: .legacy)
            var other = Agent(port: gateway.agentsPort, key: eve, era: .legacy)
            (same.session, other.session) = (ada.session, ada.session)
            #expect(try await same.list().status == 200)
            #expect(try await other.list().status == 404)
            try await gateway.workspace.command("tenant", "suspend", "acme")
            try await eventually("its tokens are refused") { try await ada.list().status == 401 }
            let neighbour = try await issuer.token(Self.claims(organisation: "o-2"))
            #expect(
                try await Agent(port: gateway.agentsPort, key: neighbour, era: .modern).list().status == 200
            )
            try await gateway.workspace.command("tenant", "resume", "acme")
            try await eventually("its tokens work again") { try await ada.list().status == 200 }
        }
    }
}
