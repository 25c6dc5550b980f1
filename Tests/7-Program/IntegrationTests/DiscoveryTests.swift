import Foundation
import JSON
import TestSupport
import Testing

/// Functions that become tools automatically, listed by a stub of Lambda.
struct DiscoveryTests {
    /// Only the environment variables of awslabs' own server are set: no gateway.toml, no store, no command.
    @Test func `sixty functions become tools by environment variables alone`() async throws {
        try await withLambda(["--functions", "60"]) { stub, endpoint in
            try await withTemporaryDirectory { folder in
                let environment = zeroCode(endpoint, folder).merging(["FUNCTION_PREFIX": "demo-"]) { $1 }
                try await withServer(environment, folder) { server, agents in
                    #expect(!server.current.err.contains("mgw_" + keySecret(folder)))
                    for era in ["modern", "legacy"] {
                        let visit = try await self.visit(agents, era, "\(folder)/key")
                        let tools = visit["tools"]?.arrayValue ?? []
                        #expect(tools.count == 60, "\(visit.text.prefix(500))")
                        #expect(tools.first == "demo___job_0000")
                        #expect(
                            visit["answers"]?["demo___job_0041"]
                                == ["function": "demo-job-0041", "given": ["n": .number("1")]]
                        )
                        #expect(visit["answers"]?.objectValue?.count == 60)
                    }
                    let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/key")[
                        .posixPermissions
                    ]
                    #expect(mode as? Int == 0o600)
                }
                // The store isn't empty any more, so no second tenant and no second key is made.
                try FileManager.default.removeItem(atPath: "\(folder)/key")
                try await withServer(environment, folder) { _, _ in
                    #expect(!FileManager.default.fileExists(atPath: "\(folder)/key"))
                }
            }
        }
    }

    @Test func `a store that was in use before opens no function, and a key replaces no other file`()
        async throws
    {
        try await withLambda(["--functions", "2"]) { _, endpoint in
            try await withTemporaryDirectory { folder in
                let environment = zeroCode(endpoint, folder).merging(["FUNCTION_PREFIX": "demo-"]) { $1 }
                @Sendable func run(_ words: String...) async throws -> Program.Output {
                    try await IntegrationTests.run(
                        [try Programs.gateway] + words,
                        environment: environment,
                        folder: folder
                    )
                }
                try "mine".write(toFile: "\(folder)/key", atomically: true, encoding: .utf8)
                let refused = try await run("serve")
                #expect(refused.status != 0 && refused.err.contains("where there is another file already"))
                #expect(try String(contentsOfFile: "\(folder)/key", encoding: .utf8) == "mine")
                let created = try await run("tenant", "create", "old")
                #expect(created.status == 0, "\(created.err)")
                try await withServer(environment, folder) { server, _ in
                    #expect(server.current.err.contains("need an operator's approval"))
                    let target = try JSONValue(
                        parsing: try await run("target", "show", "demo", "-o", "json").out
                    )
                    #expect(target["approval"] == "required", "\(target.text)")
                }
                #expect(try String(contentsOfFile: "\(folder)/key", encoding: .utf8) == "mine")
            }
        }
    }

    @Test func `when no file is named, the key is shown once on standard error`() async throws {
        try await withLambda(["--functions", "2"]) { _, endpoint in
            try await withTemporaryDirectory { folder in
                var environment = zeroCode(endpoint, folder)
                environment["MCP_GATEWAY_KEY_FILE"] = nil
                environment["FUNCTION_LIST"] = "demo-job-0001"
                try await withServer(environment, folder) { server, agents in
                    let said = server.current.err.split(separator: "\n").filter { $0.contains("mgw_") }
                    let key = try #require(said.first?.split(separator: " ").last.map { String($0) })
                    #expect(said.count == 1)
                    try key.write(toFile: "\(folder)/key", atomically: true, encoding: .utf8)
                    let visit = try await self.visit(agents, "modern", "\(folder)/key")
                    #expect(visit["tools"] == ["functions___demo_job_0001"])
                }
            }
        }
    }

    @Test func `a plan is shown and applied, and mass removals are doubted`() async throws {
        try await withLambda(["--functions", "60"]) { stub, endpoint in
            let settings = """
                prefix = "demo-"
                contract = "function"
                grace = "0s"
                interval = "0s"
                """
            var workspaceSettings = ["refresh": "on_start = false"]
            workspaceSettings["[discovery]"] = settings
            try await withWorkspace(settings: workspaceSettings, environment: credentials(endpoint)) {
                workspace in
                try await workspace.command("tenant", "create", "demo")
                let plan = try await workspace.json("target", "discover")
                #expect(plan["discoveries"]?[0]?["applied"] == false)
                #expect(plan["discoveries"]?[0]?["functions"]?.arrayValue?.count == 60)
                #expect(try await workspace.json("target", "list")["targets"] == [])
                let applied = try await workspace.run(
                    ["target", "discover", "--apply", "--config", workspace.config],
                    environment: ["COLUMNS": "80"]
                )
                #expect(applied.status == 0, "\(applied.err)")
                #expect(applied.out.hasSuffix("discovery demo: demo added\n"), "\(applied.out.suffix(300))")
                let target = try await workspace.json("target", "show", "demo")
                #expect(target["tools"] == .number("60"))
                #expect(target["source"] == "discovery")
                let refused = try await workspace.run(
                    ["target", "remove", "demo", "--config", workspace.config]
                )
                #expect(refused.status == 1)
                #expect(refused.err.contains("kept by the discovery"))
                let hidden = (0..<59).map { String(format: "\"demo-job-%04d\"", $0) }.joined(separator: ",")
                stub.send("{\"hidden\": [\(hidden)]}\n")
                try await stub.wait(for: "its acknowledgement") { $0.out.hasSuffix("taken\n") }
                let doubted = try await workspace.json("target", "discover", "demo", "--apply")
                #expect(doubted["discoveries"]?[0]?["doubted"] == true)
                #expect(try await workspace.json("target", "show", "demo")["tools"] == .number("60"))
                let status = try await workspace.run(["status", "--config", workspace.config])
                #expect(status.out.contains("59 of its 60 functions aren't found any more"), "\(status.out)")
                try await workspace.command("target", "discover", "demo", "--apply", "--prune")
                #expect(try await workspace.json("target", "show", "demo")["tools"] == .number("1"))
            }
        }
    }

    @Test func `a thousand tagged functions are planned in seconds, although calls are throttled`()
        async throws
    {
        try await withLambda([
            "--functions", "1000", "--throttle", "97", "--tags",
            #"{"team": "crm", "mcp-gateway:contract": "function"}"#,
        ]) { _, endpoint in
            try await withWorkspace(environment: credentials(endpoint)) { workspace in
                try await workspace.command("tenant", "create", "demo")
                let plan = try await workspace.json(
                    "target",
                    "discover",
                    "many",
                    "--prefix",
                    "demo-",
                    "--tag",
                    "team=crm"
                )
                let functions = plan["discoveries"]?[0]?["functions"]?.arrayValue ?? []
                #expect(functions.count == 1_000, "\(plan.text.prefix(600))")
                #expect(functions.allSatisfy { $0["state"] == "new" && $0["contractFrom"] == "tag" })
            }
        }
    }

    private func withLambda(
        _ words: [String],
        _ body: (Program, String) async throws -> Void
    ) async throws {
        let stub = try Program(
            [try Programs.python, "\(Programs.root)/Tests/Python/many_functions.py"] + words,
            environment: Programs.environment,
            folder: Programs.root
        )
        do {
            let ready = try await stub.wait(for: "the stub") { $0.out.contains("\n") }
            let endpoint = try #require(try JSONValue(parsing: ready.out)["endpoint"]?.stringValue)
            try await body(stub, endpoint)
            await stub.stop()
        } catch {
            await stub.stop()
            throw error
        }
    }

    private func credentials(_ endpoint: String) -> [String: String] {
        [
            "AWS_ACCESS_KEY_ID": "AKIDSTUB", "AWS_SECRET_ACCESS_KEY": "secret-of-the-stub",
            "AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL_LAMBDA": endpoint,
        ]
    }

    /// The variables of a user, and ports that the system chooses, as a test needs them.
    private func zeroCode(_ endpoint: String, _ folder: String) -> [String: String] {
        Programs.environment.merging(credentials(endpoint)) { $1 }.merging([
            "HOME": folder, "MCP_SERVER_PORT": "0", "LOG_LEVEL": "INFO",
            "MCP_GATEWAY_ADMIN_LISTEN": "127.0.0.1:0", "MCP_GATEWAY_KEY_FILE": "\(folder)/key",
        ]) { $1 }
    }

    private func keySecret(_ folder: String) -> String {
        let key = (try? String(contentsOfFile: "\(folder)/key", encoding: .utf8)) ?? ""
        return String(key.split(separator: "\n").first?.dropFirst(4) ?? "nothing was written")
    }

    /// Runs `serve` without arguments in an empty folder.
    private func withServer(
        _ environment: [String: String],
        _ folder: String,
        _ body: (Program, String) async throws -> Void
    ) async throws {
        let server = try Program([try Programs.gateway, "serve"], environment: environment, folder: folder)
        do {
            let ready = try await server.wait(for: "ready") { $0.out.contains("\n") }
            let words = ready.out.split(whereSeparator: \.isWhitespace)
            let agents = try #require(words.first { $0.hasPrefix("agents=") }?.dropFirst("agents=".count))
            try await body(server, String(agents))
            server.signal(SIGTERM)
            _ = try? await server.end(seconds: 20)
            await server.stop()
        } catch {
            await server.stop()
            throw Program.Failure(description: "\(error)\n\(server.current.err.suffix(4_000))")
        }
    }

    private func visit(_ agents: String, _ era: String, _ keyFile: String) async throws -> JSONValue {
        let output = try await IntegrationTests.run(
            [
                try Programs.python, "\(Programs.root)/Tests/Python/agent_all.py", agents, "--era", era,
                "--key-file", keyFile,
            ],
            environment: Programs.environment,
            folder: Programs.root
        )
        guard output.status == 0 else { throw Program.Failure(description: output.err) }
        return try JSONValue(parsing: output.out)
    }
}
