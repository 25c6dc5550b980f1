import Foundation
import JSON
import TestSupport
import Testing

/// The command line as people see it: on a terminal of 80 columns and 24 rows, and in shells that complete it.
struct TerminalTests {
    private static let tools = """
        [{"name":"search_documentation_by_service_name","description":"Searches. Use it often.",
          "inputSchema":{"type":"object"}},
         {"name":"read","description":"Reads a page of it: the text alone.","inputSchema":{"type":"object"}}]
        """

    /// A store with tenants, targets, tools and subscriptions.
    private func withStore(_ body: (Workspace) async throws -> Void) async throws {
        try await withWorkspace { workspace in
            let file = "\(workspace.folder)/tools.json"
            try Self.tools.write(toFile: file, atomically: true, encoding: .utf8)
            for words in [
                ["tenant", "create", "team-a", "--title", "Team A: the best"],
                ["tenant", "create", "team-b"],
                [
                    "target", "add", "aws-documentation-target", "--function", "f", "--contract",
                    "mcp-wrapper", "--tools", file,
                    "--approval", "required",
                ],
                ["target", "add", "time", "--function", "mcp-server-time", "--contract", "mcp-wrapper"],
                ["target", "refresh", "aws-documentation-target"],
                ["subscription", "request", "team-a", "aws-documentation-target"],
                ["subscription", "request", "team-b", "aws-documentation-target"],
                ["subscription", "approve", "2"],
                ["permission", "allow", "team-a", "time___*"],
            ] {
                let done = try await workspace.run(words + ["--config", workspace.config])
                #expect(done.status == 0, "\(done.err)")
            }
            try await body(workspace)
        }
    }

    /// The output of a command on a terminal.
    private func screen(
        _ workspace: Workspace,
        _ words: [String],
        columns: Int = 80,
        environment: [String: String] = [:]
    ) async throws -> Program.Output {
        try await run(
            [
                try Programs.python, "\(Programs.root)/Tests/Python/terminal.py", "\(columns)", "24", "[]",
                try Programs.gateway,
            ] + words,
            environment: workspace.environment.merging(["TERM": "xterm"]) { $1 }.merging(environment) { $1 },
            folder: workspace.folder
        )
    }

    @Test func `a mistyped word is answered with three lines, and the rest of the screen stays`() async throws
    {
        try await withWorkspace { workspace in
            let screen = try await screen(workspace, ["comletion"])
            #expect(screen.status == 64)
            #expect(
                screen.out == """
                    mcp-gateway: there is no command "comletion"; did you mean `completion`?
                      mcp-gateway completion <shell>   Prints a script that completes command lines…
                    Run `mcp-gateway --help` for all commands.

                    """
            )
            let bare = try await self.screen(workspace, [])
            #expect(
                bare.status == 64
                    && bare.out.split(separator: "\n", omittingEmptySubsequences: false).count <= 24
            )
        }
    }

    @Test func `names are whole at 80 columns, and states are coloured`() async throws {
        try await withStore { workspace in
            let targets = try await screen(workspace, ["target", "list", "--config", workspace.config])
            #expect(targets.status == 0)
            let lines = plain(targets.out).split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= 80 }, "\(targets.out)")
            #expect(lines[0].hasPrefix("NAME                      STATE"))
            #expect(lines[1].hasPrefix("aws-documentation-target  ok "))
            #expect(
                targets.out.contains("\u{1B}[32mok\u{1B}[0m")
                    && targets.out.contains("\u{1B}[1mNAME\u{1B}[0m")
            )
            let tools = try await screen(workspace, ["tool", "list", "--config", workspace.config])
            #expect(
                plain(tools.out)
                    == """
                    NAME                                                            STATE
                    aws-documentation-target___search_documentation_by_service_name  active
                    aws-documentation-target___read                                  active

                    """.replacing("NAME      ", with: "NAME       ")
            )
            let wide = try await screen(
                workspace,
                ["tool", "list", "-o", "wide", "--config", workspace.config]
            )
            #expect(plain(wide.out).contains("active  Searches. Use it often."))
        }
    }

    @Test(arguments: [["NO_COLOR": "1"], ["TERM": "dumb"]])
    func `whoever wants no colours gets none`(_ environment: [String: String]) async throws {
        try await withStore { workspace in
            let words = ["target", "list", "--config", workspace.config]
            let shown = try await screen(workspace, words, environment: environment)
            #expect(shown.out.contains("aws-documentation-target") && !shown.out.contains("\u{1B}"))
        }
    }

    private func plain(_ text: String) -> String { text.replacing(#/\x1B\[[0-9;]*m/#, with: "") }

    /// An environment for the workspace's folder, with the program on the path.
    private func withProgramOnPath(_ workspace: Workspace) throws -> [String: String] {
        try FileManager.default.createSymbolicLink(
            atPath: "\(workspace.folder)/mcp-gateway",
            withDestinationPath: try Programs.gateway
        )
        var environment = workspace.environment
        environment["PATH"] = workspace.folder + ":" + (environment["PATH"] ?? "")
        environment["TERM"] = "xterm"
        return environment
    }

    @Test func `bash completes commands, options, values and names from the store`() async throws {
        try await withStore { workspace in
            let environment = try withProgramOnPath(workspace)
            let rows: [(words: String, offers: String)] = [
                ("tar", "target"), ("subscription ''", "request list show approve deny revoke"),
                ("tenant show team-", "team-a team-b"),
                ("tool list --target = ''", "aws-documentation-target time"),
                ("tool list --target aws", "aws-documentation-target"), ("target list -o j", "json jsonl"),
                ("subscription approve ''", "1"), ("subscription revoke ''", "2"),
                ("tool show aws-documentation-target___r", "aws-documentation-target___read"),
                ("permission remove team-a ''", "time___\\*"),
                ("permission remove team-a \"'ti\"", "time___*"),
                ("permission remove team-b ''", ""),
                ("config show --config gatew", "gateway.db gateway.toml"),
                ("tenant show --conf", "--config"),
                ("tenant show team-a --url http : //127.0.0.1 : 1 ''", ""),
            ]
            var script = "source <(mcp-gateway completion bash)\n"
            for row in rows {
                script += """
                    COMP_WORDS=(mcp-gateway \(row.words)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _mcp_gateway
                    echo "${COMPREPLY[*]}"

                    """
            }
            let done = try await run(
                ["bash", "-c", script],
                environment: environment,
                folder: workspace.folder
            )
            #expect(done.err.isEmpty, "\(done.err)")
            let lines = done.out.split(separator: "\n", omittingEmptySubsequences: false)
            for (row, line) in zip(rows, lines) {
                let offers = line.split(separator: " ").filter { !$0.hasPrefix("gateway.db-") }
                if row.words.hasSuffix("''"), row.offers.isEmpty { continue }
                #expect(offers.sorted() == row.offers.split(separator: " ").sorted(), "\(row.words)")
            }
        }
    }

    @Test func `zsh completes the same, with a description of each`() async throws {
        try await withStore { workspace in
            let environment = try withProgramOnPath(workspace)
            let begin =
                "autoload -Uz compinit; compinit -u -D; source <(mcp-gateway completion zsh); print rea''dy\n"
            let steps: [[String]] = [
                [begin, "ready\r"], ["mcp-gateway tenant show \t\t", "Team A: the best"],
                ["\u{15}mcp-gateway subscription show \t\t", "team-b aws-documentation-target"],
                ["\u{15}mcp-gateway tool list --target=aws\t", "--target=aws-documentation-target"],
                ["\u{15}mcp-gateway config show --config tools\t", "tools.json"],
            ]
            let json = JSONValue.array(steps.map { .array($0.map { .string($0) }) }).text
            let done = try await run(
                [
                    try Programs.python, "\(Programs.root)/Tests/Python/terminal.py", "200", "50", json,
                    "zsh", "-f", "-i",
                ],
                environment: environment,
                folder: workspace.folder
            )
            #expect(done.status == 0, "\(done.out)")
        }
    }

    @Test func `a server elsewhere is asked for its names, and one that doesn't answer is no trouble`()
        async throws
    {
        try await withGateway { gateway in
            let workspace = gateway.workspace
            let token = try await workspace.command("admin-token", "issue", "ci", "--role", "viewer")
            try await workspace.command("tenant", "create", "acme")
            func offers(_ url: String, token: String) async throws -> Program.Output {
                try await workspace.run(
                    ["__complete", "bash", "tenant", "show", "--url", url, ""],
                    environment: ["MCP_GATEWAY_ADMIN_TOKEN": token]
                )
            }
            let found = try await offers(gateway.adminURL, token: token)
            #expect(found.out == "acme\n" && found.err.isEmpty && found.status == 0)
            for (url, token) in [
                (gateway.adminURL, "mgwa_x"), ("http://127.0.0.1:1", token), ("nonsense", token),
            ] {
                let none = try await offers(url, token: token)
                #expect(none.out.isEmpty && none.err.isEmpty && none.status == 0, "\(none.err)")
            }
        }
    }
}
