import JSON
import TestSupport
import Testing

/// The command line from elsewhere: through a running server's admin API, with a token made on its host.
struct RemoteCommandTests {
    @Test
    func `an operator works through a running server, a viewer only reads, and a revoked token does neither`()
        async throws
    {
        try await FakeLambda.with({ _ in FakeLambda.tools(["look"]) }) { url in
            try await withGateway(environment: FakeLambda.credentials) { gateway in
                let workspace = gateway.workspace
                let token = try await workspace.command("admin-token", "issue", "ci", "--role", "operator")
                let viewing = try await workspace.command("admin-token", "issue", "eye", "--role", "viewer")
                func remote(_ words: String..., token: String) async throws -> Program.Output {
                    try await workspace.run(
                        words + ["--url", gateway.adminURL],
                        environment: ["MCP_GATEWAY_ADMIN_TOKEN": token]
                    )
                }
                let added = try await remote(
                    "target",
                    "add",
                    "shop",
                    "--function",
                    "shop",
                    "--contract",
                    "mcp-wrapper",
                    "--endpoint",
                    url,
                    token: token
                )
                #expect(added.status == 0, "\(added.err)")
                let refreshed = try await remote("target", "refresh", "shop", "-o", "json", token: token)
                #expect(refreshed.status == 0 && refreshed.out.contains(#""added":1"#), "\(refreshed.err)")
                _ = try await remote("tenant", "create", "acme", token: token)
                _ = try await remote("subscription", "request", "acme", "shop", token: token)
                let approved = try await remote("subscription", "approve", "1", token: token)
                #expect(approved.out.hasPrefix("approved subscription 1 of tenant acme to shop"))
                let here = try await workspace.json("audit", "list")
                #expect(here["events"]?[0]?["actor"]?.stringValue == "admin:ci")
                #expect(here["events"]?[0]?["action"]?.stringValue == "subscription.approve")

                let seen = try await remote("tenant", "list", token: viewing)
                #expect(seen.status == 0 && seen.out.contains("acme"))
                let refused = try await remote("tenant", "suspend", "acme", token: viewing)
                #expect(refused.status == 1 && refused.err.contains("the role viewer may not"))
                _ = try await workspace.command("admin-token", "revoke", "ci")
                let late = try await remote("tenant", "list", token: token)
                #expect(
                    late.status == 1 && late.err.contains("did not accept the admin token"),
                    "\(late.err)"
                )
                let all = added.out + added.err + late.err + refused.err + gateway.log
                for secret in [token, viewing] { #expect(!all.contains(secret.dropLast())) }
            }
        }
    }
}
