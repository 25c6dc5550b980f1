import Config
import JOSE
import TOML
import Testing

private func load(_ text: String, _ environment: [String: String] = [:]) throws -> LoadedConfig {
    let root = try TOMLDocument(parsing: text).root
    return try GatewayConfig.read(root, file: "etc/gateway.toml", environment: environment)
}

private func faults(_ text: String, _ environment: [String: String] = [:]) throws -> [String] {
    let error = try #require(throws: ConfigFaults.self) { try load(text, environment) }
    return error.faults.map { $0.description }
}

struct JWTConfigTests {
    @Test
    func `access tokens are off without an issuer`() throws {
        #expect(try load("").config.jwt.isEnabled == false)
        #expect(try load("[auth.jwt]").config.jwt == GatewayConfig().jwt)
        #expect(try load("[auth]").config.jwt == GatewayConfig().jwt)
    }

    @Test
    func `every key's value is read`() throws {
        let jwt = try load(
            """
            [auth.jwt]
            audiences = ["https://gateway.example.com/mcp", "api://gateway"]
            resource = "https://gateway.example.com/mcp"
            algorithms = ["ES256", "EdDSA"]
            clock_skew = "5s"
            tenant_claim = "org.id"
            tenants = { "8d1f" = "acme" }
            required_scopes = ["tools:read"]
            [[auth.jwt.issuers]]
            url = "https://login.example.com/realms/one"
            jwks_uri = "https://keys.example.com/jwks?p=x"
            [[auth.jwt.issuers]]
            url = "http://127.0.0.1:9000"
            tenant = "dev"
            [auth.jwt.scopes]
            "tools:read" = ["*___get_*"]
            all = ["*"]
            """
        ).config.jwt
        #expect(
            jwt.issuers == [
                .init(
                    url: "https://login.example.com/realms/one",
                    jwksURI: "https://keys.example.com/jwks?p=x"
                ),
                .init(url: "http://127.0.0.1:9000", tenant: "dev"),
            ]
        )
        #expect(jwt.audiences == ["https://gateway.example.com/mcp", "api://gateway"])
        #expect(jwt.resource == "https://gateway.example.com/mcp")
        #expect(jwt.algorithms == [.es256, .edDSA])
        #expect(jwt.clockSkew == .seconds(5))
        #expect(jwt.tenantClaim == "org.id")
        #expect(jwt.tenants == ["8d1f": "acme"])
        #expect(
            jwt.scopes == [
                .init(name: "tools:read", patterns: ["*___get_*"]), .init(name: "all", patterns: ["*"]),
            ]
        )
        #expect(jwt.requiredScopes == ["tools:read"])
    }

    @Test
    func
        `issuers and audiences may come from the environment, and the resource is the audience unless one is named`()
        throws
    {
        let jwt = try load(
            "[auth.jwt]\ntenant_claim = \"tenant\"",
            [
                "MCP_GATEWAY_AUTH_JWT_ISSUERS": "https://one.example, https://two.example",
                "MCP_GATEWAY_AUTH_JWT_RESOURCE": "https://gateway.example/mcp",
            ]
        ).config.jwt
        #expect(jwt.issuers.map { $0.url } == ["https://one.example", "https://two.example"])
        #expect(jwt.audiences == ["https://gateway.example/mcp"])
    }

    @Test
    func `issuers and scopes are shown as TOML`() throws {
        let loaded = try load(
            """
            [auth.jwt]
            issuers = ["https://a.example", { url = "https://b.example", tenant = "t" }]
            audiences = ["x"]
            tenant_claim = "t"
            scopes = { a = ["x___*"] }
            """
        )
        func shown(_ key: String) -> String? {
            loaded.settings.first { $0.section == "auth.jwt" && $0.key == key }?.value
        }
        #expect(
            shown("issuers") == #"["https://a.example", { url = "https://b.example", tenant = "t" }]"#
        )
        #expect(shown("scopes") == #"{ "a" = ["x___*"] }"#)
        #expect(shown("resource") == nil)
    }

    struct Fault: Sendable {
        let text: String
        let says: String
    }

    @Test(arguments: [
        Fault(text: #"issuers = "https://a.example""#, says: "auth.jwt.issuers: must be an array"),
        Fault(text: "issuers = [1]", says: "entry 1 must be a URL or a table, not an integer"),
        Fault(text: #"issuers = ["http://a.example"]"#, says: "must be https"),
        Fault(text: #"issuers = ["http://127.0.0.1.a.example"]"#, says: "must be https"),
        Fault(text: #"issuers = ["ftp://a.example"]"#, says: "must be a URL"),
        Fault(
            text: #"issuers = ["https://user:secret@a.example"]"#,
            says: "must not hold a user or password"
        ),
        Fault(text: #"issuers = ["https://a.example?x=1"]"#, says: "must not have a query"),
        Fault(text: #"issuers = ["https://a.example", "https://a.example"]"#, says: "twice"),
        Fault(text: #"issuers = [{ tenant = "t" }]"#, says: "entry 1 has no url"),
        Fault(
            text: #"issuers = [{ url = "https://a.example", tenants = "t" }]"#,
            says: #"did you mean "tenant"?"#
        ),
        Fault(
            text: #"issuers = [{ url = "https://a.example", jwks_uri = "http://a.example" }]"#,
            says: "jwks_uri must be https"
        ),
        Fault(
            text: "issuers = [\"https://a.example\"]\naudiences = [\"x\"]",
            says: "needs a tenant of its own, or auth.jwt.tenant_claim"
        ),
        Fault(
            text: "issuers = [\"https://a.example\"]\ntenant_claim = \"t\"",
            says: "needs auth.jwt.audiences or auth.jwt.resource"
        ),
        Fault(text: #"audiences = ["x"]"#, says: "auth.jwt.audiences: needs auth.jwt.issuers as well"),
        Fault(text: #"algorithms = ["none"]"#, says: #""none", is not allowed"#),
        Fault(text: #"algorithms = ["RS256", "HS256"]"#, says: #""HS256", is not allowed"#),
        Fault(text: "algorithms = []", says: "at least one algorithm"),
        Fault(text: #"clock_skew = "10m""#, says: "must be 0s to 5m"),
        Fault(text: #"tenant_claim = "org..id""#, says: "must be a claim's name"),
        Fault(text: #"scopes = { "a b" = ["*"] }"#, says: "must be a scope"),
        Fault(text: #"scopes = { a = ["x y"] }"#, says: "must be a pattern"),
        Fault(text: #"scopes = { a = "*" }"#, says: "must be an array of strings"),
        Fault(text: "scopes = [1]", says: "must be a table of scopes"),
        Fault(text: #"resource = "https://gateway.example/mcp/""#, says: "must not end with a slash"),
        Fault(text: #"audience = ["x"]"#, says: #"did you mean "audiences"?"#),
    ])
    func `each fault names its key and what to do`(_ row: Fault) throws {
        let all = try faults("[auth.jwt]\n\(row.text)")
        #expect(all.contains { $0.contains(row.says) }, "\(all)")
        #expect(all.allSatisfy { $0.contains("auth.jwt") && !$0.contains("secret") }, "\(all)")
    }

    @Test
    func `unknown keys beside the section are faults`() throws {
        let all = try faults("[auth]\njtw = 1\n[auth.saml]\nx = 1")
        #expect(all.count == 2)
        #expect(all.allSatisfy { $0.contains("unknown key") })
        #expect(
            try faults("[auth]\njwt = 1").first?.contains("must be a section, written [auth.jwt]") == true
        )
        #expect(
            try faults("", ["MCP_GATEWAY_AUTH_JWT_ISUERS": "x"]).first?.contains(
                "did you mean MCP_GATEWAY_AUTH_JWT_ISSUERS?"
            ) == true
        )
    }
}
