import Foundation
import JSON
import TestSupport
import Testing

/// Contexts, and the gateway over TLS, with the real programs.
struct ContextTests {
    @Test func `a token from standard input opens its server by name, for connect too`() async throws {
        try await withGateway { gateway in
            let workspace = gateway.workspace
            let token = try await workspace.command("admin-token", "issue", "ci", "--role", "operator")
            let added = try await run(
                [
                    "sh", "-c", "printf '%s\\n' '\(token.prefix { !$0.isWhitespace })' | \"$0\" \"$@\"",
                    try Programs.gateway, "context", "add", "prod", "--url", gateway.adminURL, "--agents-url",
                    gateway.agentsURL, "--token-stdin", "--tenant", "acme",
                ],
                environment: workspace.environment,
                folder: workspace.folder
            )
            #expect(added.status == 0 && !added.out.contains("mgwa_"), "\(added.err)")
            // Another folder has no settings, so the command there doesn't use this store.
            func remote(_ words: String...) async throws -> Program.Output {
                let folder = "\(workspace.folder)/elsewhere"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                return try await run(
                    [try Programs.gateway] + words,
                    environment: workspace.environment,
                    folder: folder
                )
            }
            #expect(try await remote("context", "use", "prod").status == 0)
            let created = try await remote("tenant", "create", "acme")
            #expect(created.status == 0, "\(created.err)")
            #expect(
                created.err.hasPrefix(
                    "note: this goes to \(gateway.adminURL), context prod, which is current"
                )
            )
            let connected = try await remote("connect", "cursor", "--issue-key", "-o", "json")
            let json = try JSONValue(parsing: connected.out)
            #expect(json["url"]?.stringValue == gateway.agentsURL, "\(connected.err)")
            let key = try #require(json["key"]?.stringValue)
            let listed = try await run(
                [try Programs.gateway, "call", "--list", "-o", "json"],
                environment: workspace.environment.merging(["MCP_GATEWAY_KEY": key]) { $1 },
                folder: "\(workspace.folder)/elsewhere"
            )
            #expect(listed.out == "{\"tools\":[]}\n", "\(listed.err)")
            #expect(!FileManager.default.fileExists(atPath: "\(workspace.folder)/elsewhere/var"))
            #expect(try await workspace.json("key", "list")["keys"]?[0]?["name"] == "cursor")
        }
    }

    @Test func `SSL_CERT_FILE names the authority to trust, for every command of a shell`() async throws {
        let made = try TestCertificates.shared()
        let tls = [
            "tls": "certificate = \"\(made.server.certificateFile)\"\nkey = \"\(made.server.keyFile)\""
        ]
        try await withGateway(settings: tls) { gateway in
            let key = try await gateway.workspace.issueKey().key
            func call(_ more: [String: String]) async throws -> Program.Output {
                try await gateway.workspace.run(
                    ["call", "--list", "--url", "https://localhost:\(gateway.agentsPort)/mcp"],
                    environment: more.merging(["MCP_GATEWAY_KEY": key]) { $1 }
                )
            }
            let without = try await call([:])
            #expect(
                without.status == 1 && without.err.contains("--url https://NAME/mcp --ca FILE"),
                "\(without.err)"
            )
            let with = try await call(["SSL_CERT_FILE": made.caFile])
            #expect(with.status == 0, "\(with.err)")
        }
    }
}
