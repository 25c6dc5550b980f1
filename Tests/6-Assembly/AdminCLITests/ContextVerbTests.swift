@testable import AdminCLI
import Bytes
import EventLoop
import FoundationEssentials
import Glibc
import HTTP
import HTTPServer
import JSON
import Sockets
import Synchronization
import TestSupport
import Testing

/// Contexts: servers with names, and which requests go to which server.
struct ContextVerbTests {
    /// A stand-in for an admin API that keeps the tokens it receives.
    private final class Listener: Sendable {
        let tokens = Locked<[String]>([])

        var seen: [String] { tokens.withLock { $0 } }

        func answer(_ exchange: Exchange) {
            tokens.withLock { $0.append(exchange.request.header("authorization") ?? "") }
            let tenant = #"{"name":"acme","labels":{},"state":"active","nextCursor":null}"#
            let list = #"{"tenants":[\#(tenant)],"nextCursor":null}"#
            let body = exchange.request.path.hasSuffix("/tenants") ? list : tenant
            exchange.respond(Response(status: 200, contentType: .json, body: ByteBuffer(body)))
        }
    }

    private func withListeners(
        _ body: (_ one: (listener: Listener, url: String), _ two: (listener: Listener, url: String))
            async throws -> Void
    ) async throws {
        let (one, two) = (Listener(), Listener())
        try await withServer(handler: { one.answer($0) }) { first, _ in
            try await withServer(handler: { two.answer($0) }) { second, _ in
                try await body((one, "http://127.0.0.1:\(first)"), (two, "http://127.0.0.1:\(second)"))
            }
        }
    }

    private func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        chmod(path, mode)
    }

    private func file(_ cli: CommandLine) -> String { "\(cli.folder)/.config/mcp-gateway/contexts.toml" }

    @Test func `a context is added, listed, shown, used and removed, in a file for its owner alone`()
        async throws
    {
        try await withCommandLine(environment: ["T": "x"]) { cli in
            let added = await cli.run(
                "context",
                "add",
                "prod",
                "--url",
                "https://gw.example:3001",
                "--agents-url",
                "https://gw.example/mcp",
                "--token-command",
                "pass",
                "--token-command",
                "gate\"way",
                "--tenant",
                "acme"
            )
            #expect(added.status == 0 && added.out.hasPrefix("added context prod"), "\(added.err)")
            _ = await cli.run("context", "add", "dev", "--url", "http://127.0.0.1:9", "--token-env", "T")
            var status = stat()
            #expect(stat(file(cli), &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(
                stat("\(cli.folder)/.config/mcp-gateway", &status) == 0 && status.st_mode & 0o777 == 0o700
            )
            let list = await cli.run("context", "list")
            #expect(list.out.contains("here") && list.out.contains("https://gw.example:3001"))
            #expect(await cli.run("context", "use", "prod").status == 0)
            let json = await cli.run("context", "list", "-o", "json").json
            #expect(json["current"] == "prod")
            #expect(json["contexts"]?.arrayValue?.map { $0["name"]?.stringValue } == ["dev", "prod"])
            let shown = await cli.run("context", "show", "-o", "json").json
            #expect(
                shown["token"] == "command pass gate\"way" && shown["agentsUrl"] == "https://gw.example/mcp"
            )
            #expect(shown["current"] == true && shown["tenant"] == "acme")
            #expect(await cli.run("context", "show", "pord").err.contains("did you mean prod?"))
            #expect(
                await cli.run("context", "add", "prod", "--agents-url", "http://h/mcp").err.contains(
                    "--force"
                )
            )
            #expect(await cli.run("context", "remove", "prod").out.contains("this machine again"))
            #expect(await cli.run("context", "list", "-o", "json").json["current"] == "here")
            #expect(await cli.run("context", "use", "here").status == 0)
        }
    }

    @Test(
        arguments: [
            (["context", "add", "here", "--url", "https://h"], "here is this machine"),
            (["context", "add", "a b", "--url", "https://h"], "a context's name is"),
            (["context", "add", "a"], "give --url"),
            (["context", "add", "a", "--url", "https://h"], "say how the admin token is found"),
            (
                ["context", "add", "a", "--agents-url", "https://h/mcp", "--token-env", "T"],
                "a token is for --url"
            ),
            (
                ["context", "add", "a", "--url", "https://h", "--token-env", "T", "--token-file", "f"],
                "give one way"
            ),
            (
                ["context", "add", "a", "--url", "https://h", "--token-command", "mgwa_12345678_secret"],
                "never given"
            ),
            (
                ["context", "add", "a", "--url", "https://h", "--token-env", "mgwa_12345678_secret"],
                "never given"
            ),
            (
                ["context", "add", "a", "--url", "https://h", "--token-file", "mgwa_12345678_secret"],
                "never given"
            ),
            (
                ["context", "add", "mgwa_12345678_secret", "--url", "https://h", "--token-env", "T"],
                "never given"
            ),
            (
                ["context", "add", "a", "--url", "https://h", "--token-env", "other-token_secret"],
                "--token-env is the name of a variable"
            ),
            (
                ["context", "add", "a", "--url", "https://h", "--token-env", "1T"],
                "--token-env is the name of a variable"
            ),
            (
                ["context", "add", "a", "--url", "https://h", "--token", "mgwa_12345678_secret"],
                "secrets are not taken"
            ),
            (["tenant", "list", "--url", "https://h", "--context", "a"], "name two servers"),
            (["tenant", "list", "--url", "https://h", "--config", "f"], "--config is for this machine"),
            (["tenant", "list", "--context", "a", "--config", "f"], "--config is for this machine"),
            (["tenant", "list", "--ca", "f"], "--ca goes with"),
            (["call", "a___b", "--url", "http://h/mcp", "--context", "a"], "name two servers"),
            (["backup", "f", "--context", "a"], "works on this machine alone"),
            (["admin-token", "list", "--url", "https://h"], "works on this machine alone"),
        ] as [([String], String)]
    )
    func `missing or contradictory options are a misuse, and no secret is repeated`(
        _ words: [String],
        _ says: String
    )
        async throws
    {
        try await withCommandLine { cli in
            let outcome = await cli.run(words: words)
            #expect(outcome.status == 64 && outcome.err.contains(says), "\(outcome.err)")
            #expect(!(outcome.err + outcome.out).contains("_secret"))
        }
    }

    @Test(arguments: [
        ("http://gw.example:3001", "could read the token"), ("ftp://x", "not a URL"),
    ])
    func `an invalid address isn't stored`(_ url: String, _ says: String) async throws {
        try await withCommandLine { cli in
            let outcome = await cli.run("context", "add", "a", "--url", url, "--token-env", "T")
            #expect(outcome.status == (says == "not a URL" ? 64 : 1) && outcome.err.contains(says))
            #expect(!FileManager.default.fileExists(atPath: file(cli)))
        }
    }

    @Test func `the strongest choice of a server wins, and each server gets only its own token`() async throws
    {
        try await withListeners { one, two in
            let variables = ["MCP_GATEWAY_ADMIN_TOKEN": "mgwa_ambient0_a", "ONE": "mgwa_oneoneon_1"]
            try await withCommandLine(environment: variables) { cli in
                try write("mgwa_twotwotw_2\n", to: "\(cli.folder)/two.token")
                _ = await cli.run("context", "add", "one", "--url", one.url, "--token-env", "ONE")
                _ = await cli.run(
                    "context",
                    "add",
                    "two",
                    "--url",
                    two.url,
                    "--token-file",
                    "\(cli.folder)/two.token"
                )
                func outcome(_ words: [String], _ more: [String: String] = [:]) async throws
                    -> CommandLine.Outcome
                {
                    let other = try CommandLine(
                        folder: cli.folder,
                        environment: variables.merging(more) { $1 }
                    )
                    return await other.run(words: ["tenant", "list"] + words)
                }
                // No server is chosen, so the command works on this machine.
                #expect(try await outcome([]).err.contains("no tenants"))
                #expect(one.listener.seen.isEmpty && two.listener.seen.isEmpty)
                _ = await cli.run("context", "use", "one")
                _ = try await outcome([])
                #expect(one.listener.seen == ["Bearer mgwa_oneoneon_1"] && two.listener.seen.isEmpty)
                _ = try await outcome([], ["MCP_GATEWAY_CONTEXT": "two"])
                #expect(two.listener.seen == ["Bearer mgwa_twotwotw_2"])
                _ = try await outcome([], ["MCP_GATEWAY_CONTEXT": "one", "MCP_GATEWAY_URL": two.url])
                #expect(two.listener.seen.last == "Bearer mgwa_ambient0_a")
                _ = try await outcome(["--context", "two"], ["MCP_GATEWAY_URL": one.url])
                #expect(two.listener.seen.last == "Bearer mgwa_twotwotw_2")
                _ = try await outcome(["--url", one.url], ["MCP_GATEWAY_CONTEXT": "two"])
                #expect(one.listener.seen.last == "Bearer mgwa_ambient0_a")
                let (first, second) = (one.listener.seen.count, two.listener.seen.count)
                for words in [["--context", "here"], ["--config", "\(cli.folder)/gateway.toml"]] {
                    #expect(try await outcome(words, ["MCP_GATEWAY_URL": two.url]).err.contains("no tenants"))
                }
                #expect(try await outcome([], ["MCP_GATEWAY_CONTEXT": "here"]).err.contains("no tenants"))
                #expect(one.listener.seen.count == first && two.listener.seen.count == second)
                #expect(!two.listener.seen.contains("Bearer mgwa_oneoneon_1"))
                #expect(!one.listener.seen.contains("Bearer mgwa_twotwotw_2"))
            }
        }
    }

    @Test func `a change that goes to the current context notes where, and a read doesn't`()
        async throws
    {
        try await withListeners { one, _ in
            try await withCommandLine(environment: ["ONE": "mgwa_oneoneon_1"]) { cli in
                _ = await cli.run("context", "add", "one", "--url", one.url, "--token-env", "ONE")
                let asked = await cli.run("tenant", "suspend", "acme", "--context", "one")
                #expect(asked.status == 0 && asked.err.isEmpty, "\(asked.err)")
                _ = await cli.run("context", "use", "one")
                #expect(await cli.run("tenant", "list").err.isEmpty)
                let unasked = await cli.run("tenant", "suspend", "acme")
                #expect(
                    unasked.err
                        == "note: this goes to \(one.url), context one, which is current; `--context here` is this machine\n"
                )
                let here = await cli.run("admin-token", "issue", "ci", "--role", "viewer")
                #expect(here.err.hasPrefix("note: this works on this machine, whatever the context one says"))
                let copy = await cli.run("backup", "\(cli.folder)/copy.db")
                #expect(copy.status == 0 && copy.err.hasPrefix("note: this works on this machine"))
            }
        }
    }

    @Test func `a token comes from a file, a variable or a program, or the error says why not`() async throws
    {
        try await withListeners { one, _ in
            try await withCommandLine(environment: ["PATH": "/usr/bin:/bin"]) { cli in
                let token = "\(cli.folder)/token"
                func add(_ words: String...) async {
                    _ = await cli.run(words: ["context", "add", "one", "--force", "--url", one.url] + words)
                }
                func list() async -> CommandLine.Outcome {
                    await cli.run("tenant", "list", "--context", "one")
                }

                await add(
                    "--token-command",
                    "printf",
                    "--token-command",
                    "%s\\n",
                    "--token-command",
                    "two words"
                )
                #expect(await list().err.contains("holds characters that no token has"))
                #expect(await !list().err.contains("two words"))
                await add("--token-command", "echo", "--token-command", "printed")
                #expect(await list().status == 0 && one.listener.seen.last == "Bearer printed")
                await add("--token-command", "false")
                #expect(
                    await list().err.contains(
                        "`false`, which gives the token, failed: it ended with status 1"
                    )
                )
                await add("--token-env", "NONE")
                #expect(await list().err.contains("the token of context one is empty"))
                await add("--token-file", token)
                #expect(await list().err.contains("isn't there"))
                try write("mgwa_filefile_f", to: token, mode: 0o644)
                #expect(await list().err.contains("`chmod 600 \(token)`"))
                chmod(token, 0o640)
                #expect(await list().status == 0 && one.listener.seen.last == "Bearer mgwa_filefile_f")
            }
        }
    }

    @Test(arguments: [
        (mode_t(0o644), mode_t(0o700), "`chmod 600 "), (0o660, 0o700, "`chmod 600 "),
        (0o600, 0o777, "`chmod 700 "),
    ])
    func `contexts that others may read or change are refused, and the store here isn't touched`(
        _ mode: mode_t,
        _ folderMode: mode_t,
        _ says: String
    ) async throws {
        try await withCommandLine(environment: ["T": "mgwa_12345678_x"]) { cli in
            _ = await cli.run("context", "add", "a", "--url", "http://127.0.0.1:1", "--token-env", "T")
            chmod(file(cli), mode)
            chmod("\(cli.folder)/.config/mcp-gateway", folderMode)
            for words in [
                ["tenant", "create", "b"], ["tenant", "create", "b", "--context", "a"], ["context", "list"],
            ] {
                let outcome = await cli.run(words: words)
                #expect(outcome.status == 1 && outcome.err.contains(says), "\(outcome.err)")
            }
            #expect(await cli.run("tenant", "list", "--context", "here").err.contains("no tenants"))
            #expect(await cli.run("admin-token", "issue", "x", "--role", "viewer").status == 0)
        }
    }

    @Test(arguments: [
        ("current = \"x\"\n", ":1: there is no context \"x\""), ("[contexts.a]\nurl = 1\n", ":2: "),
        ("[contexts.a]\ntoken = \"a\"\ntoken_env = \"b\"\n", ":3: a context has one of"),
        ("[contexts.here]\n", ":1: "), ("[contexts.a]\nca = \"rel.pem\"\n", "absolute path"), ("x", ":1: "),
        ("[contexts.a]\ntoken_command = [1]\n", "must be a string"), ("nonsense = 1\n", ":1: "),
    ])
    func `a faulty file is named with its line, and no server is chosen by it`(_ text: String, _ says: String)
        async throws
    {
        try await withCommandLine { cli in
            try FileManager.default.createDirectory(
                atPath: "\(cli.folder)/.config/mcp-gateway",
                withIntermediateDirectories: true
            )
            chmod("\(cli.folder)/.config/mcp-gateway", 0o700)
            try write(text, to: file(cli))
            let outcome = await cli.run("tenant", "list")
            #expect(outcome.status == 1 && outcome.err.contains(says), "\(outcome.err)")
        }
    }

    @Test func `XDG_CONFIG_HOME is respected, and without a home there are no contexts`() async throws {
        try await withTemporaryDirectory { (folder: String) async throws -> Void in
            try await withCommandLine(environment: ["XDG_CONFIG_HOME": "\(folder)/xdg"]) { cli in
                _ = await cli.run("context", "add", "a", "--agents-url", "https://h/mcp")
                #expect(FileManager.default.fileExists(atPath: "\(folder)/xdg/mcp-gateway/contexts.toml"))
                #expect(
                    await cli.run("tenant", "list", "--context", "a").err.contains("no admin listener's URL")
                )
            }
        }
        try await withCommandLine(environment: ["HOME": "", "XDG_CONFIG_HOME": "relative"]) { cli in
            #expect(
                await cli.run("context", "add", "a", "--agents-url", "https://h/mcp").err.contains("set HOME")
            )
            #expect(await cli.run("tenant", "list").err.contains("no tenants"))
        }
    }

    @Test func `contexts are read back as they were written, whatever their values hold`() throws {
        var random = SystemRandomNumberGenerator()
        let pieces = ["a", "\"", "\\", "\n", "\t", "é", "]", "#", "=", "\u{1}", "\u{7F}", "'", "🎉", " "]
        for _ in 0..<300 {
            func text() -> String {
                (0..<Int.random(in: 0...8)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            }
            var file = ContextFile(path: nil)
            for name in ["a", "B-1", "c_"] {
                var context = ServerContext(name: name, url: text(), agentsURL: text(), caFile: "/\(text())")
                context.token = [
                    .file("/\(text())"), .variable(text()), .command([text(), text()]),
                    .stored(Secret(text())),
                ].randomElement(using: &random)
                file.put(context)
            }
            file.current = "a"
            try withTemporaryDirectory { folder in
                let path = "\(folder)/mcp-gateway/contexts.toml"
                var kept = ContextFile(path: path, current: file.current)
                for context in file.contexts { kept.put(context) }
                try kept.save()
                #expect(try ContextFile.load(["XDG_CONFIG_HOME": folder]) == kept)
            }
        }
    }

    @Test func `a server with a private authority's certificate is trusted by an option or by a context`()
        async throws
    {
        let made = try TestCertificates.shared()
        let tls = try TLSContext.server(
            certificateFile: made.server.certificateFile,
            keyFile: made.server.keyFile
        )
        let listener = Listener()
        try await withServer(tls: TLSContextBox(tls), handler: { listener.answer($0) }) { port, _ in
            let url = "https://localhost:\(port)"
            let token = ["MCP_GATEWAY_ADMIN_TOKEN": "mgwa_12345678_x"]
            try await withCommandLine(environment: token) { cli in
                let without = await cli.run("tenant", "list", "--url", url)
                #expect(
                    without.status == 1 && without.err.contains("--ca FILE, or SSL_CERT_FILE"),
                    "\(without.err)"
                )
                let other = await cli.run("tenant", "list", "--url", url, "--ca", made.otherCAFile)
                #expect(other.status == 1 && listener.seen.isEmpty)
                #expect(await cli.run("tenant", "list", "--url", url, "--ca", made.caFile).status == 0)
                let missing = await cli.run("tenant", "list", "--url", url, "--ca", "/nowhere.pem")
                #expect(missing.status == 1 && missing.err.contains("CA file /nowhere.pem does not exist"))
                _ = await cli.run(
                    "context",
                    "add",
                    "a",
                    "--url",
                    url,
                    "--ca",
                    made.caFile,
                    "--token-env",
                    "MCP_GATEWAY_ADMIN_TOKEN"
                )
                #expect(await cli.run("tenant", "list", "--context", "a").status == 0)
            }
        }
    }
}
