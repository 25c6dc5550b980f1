@testable import AdminCLI
import FoundationEssentials
import Glibc
import JSON
import Testing

/// The configurations for clients. The integration tests show that they work.
struct ConnectVerbTests {
    private static let url = "https://gw.example/mcp"

    private func read(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `each client gets a configuration of its own form, which takes the key from outside`()
        async throws
    {
        try await withCommandLine { cli in
            func text(_ client: String) async -> CommandLine.Outcome {
                await cli.run("connect", client, "--agents-url", Self.url)
            }
            let code = await text("claude-code")
            #expect(
                code.out
                    == "claude mcp add --transport http --scope project gateway https://gw.example/mcp "
                    + "--header 'Authorization: Bearer ${MCP_GATEWAY_KEY}'\n"
            )
            #expect(code.err.contains("the key is taken from MCP_GATEWAY_KEY"))
            #expect(
                await text("cursor").json == [
                    "mcpServers": [
                        "gateway": [
                            "url": .string(Self.url),
                            "headers": ["Authorization": "Bearer ${env:MCP_GATEWAY_KEY}"],
                        ]
                    ]
                ]
            )
            #expect(
                await text("vscode").json == [
                    "inputs": [
                        [
                            "type": "promptString", "id": "gateway-key",
                            "description": "Key of gateway, mgw_…",
                            "password": true,
                        ]
                    ],
                    "servers": [
                        "gateway": [
                            "type": "http", "url": .string(Self.url),
                            "headers": ["Authorization": "Bearer ${input:gateway-key}"],
                        ]
                    ],
                ]
            )
            #expect(await text("python").out.contains("KEY = os.environ[\"MCP_GATEWAY_KEY\"]"))
            let json = await cli.run("connect", "claude-code", "--agents-url", Self.url, "-o", "json").json
            #expect(
                json["config"]?["mcpServers"]?["gateway"] == [
                    "type": "http", "url": .string(Self.url),
                    "headers": ["Authorization": "Bearer ${MCP_GATEWAY_KEY}"],
                ]
            )
            #expect(json["key"] == .null && json["file"] == .null)
        }
    }

    @Test func `writing keeps the rest of the file, and a second time changes nothing`() async throws {
        try await withCommandLine { cli in
            let file = "\(cli.folder)/.mcp.json"
            let before = """
                {
                \t"mcpServers": {
                \t\t"other": { "command": "x", "args": [1.50, 1e3, "\\u0041"] },
                \t\t"gateway": { "url": "http://old", "timeout": 7, "headers": { "authorization": "old", "X": "y" } }
                \t},
                \t"more": [null, {"é": true}]
                }
                """
            try Data(before.utf8).write(to: URL(filePath: file))
            chmod(file, 0o640)
            let words = ["connect", "claude-code", "--agents-url", Self.url, "--file", file]
            let first = await cli.run(words: words)
            #expect(first.status == 0 && first.out == "wrote \(file)\n", "\(first.err)")
            let text = read(file)
            let json = try JSONValue(parsing: text)
            let old = try JSONValue(parsing: before)
            #expect(json["mcpServers"]?["other"] == old["mcpServers"]?["other"])
            #expect(text.contains("1.50") && text.contains("1e3") && text.contains("\n\t\"more\""))
            #expect(json["more"] == [nil, ["é": true]])
            let gateway = json["mcpServers"]?["gateway"]
            #expect(
                gateway?["timeout"] == 7 && gateway?["url"]?.stringValue == Self.url
                    && gateway?["type"] == "http"
            )
            #expect(gateway?["headers"] == ["X": "y", "Authorization": "Bearer ${MCP_GATEWAY_KEY}"])
            #expect(mode(file) == 0o640)
            let second = await cli.run(words: words)
            #expect(second.out == "\(file) has it already\n" && read(file) == text)
        }
    }

    @Test(arguments: [
        "{\n  // mine\n  \"servers\": {}\n}", "{\"servers\": {},}", "[]", "{\"servers\": []}",
        "{\"inputs\": {}}",
        "{\"servers\":{\"gateway\":{\"command\":\"x\"}}}", "{\"servers\":{},\"servers\":{}}", "not json",
    ])
    func `a file that can't be merged is left as it is, no key is made, and the lines are shown`(
        _ text: String
    )
        async throws
    {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "acme")
            let file = "\(cli.folder)/mcp.json"
            try Data(text.utf8).write(to: URL(filePath: file))
            let outcome = await cli.run(
                "connect",
                "vscode",
                "--agents-url",
                Self.url,
                "--file",
                file,
                "--tenant",
                "acme",
                "--issue-key"
            )
            #expect(outcome.status == 1 && !outcome.err.isEmpty)
            #expect(outcome.json["servers"]?["gateway"]?["url"]?.stringValue == Self.url)
            #expect(read(file) == text)
            #expect(await cli.run("key", "list", "-o", "json").json["keys"] == [])
        }
    }

    @Test func `a key is made for the client, printed once, and in the file only when that is asked for`()
        async throws
    {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "acme")
            let made = await cli.run(
                "connect",
                "cursor",
                "--agents-url",
                Self.url,
                "--tenant",
                "acme",
                "--issue-key",
                "--write"
            )
            let file = "\(cli.folder)/.cursor/mcp.json"
            #expect(made.status == 0 && made.out == "wrote \(file)\n", "\(made.err)")
            #expect(made.err.contains("export MCP_GATEWAY_KEY=mgw_"))
            #expect(!read(file).contains("mgw_"))
            let embedded = await cli.run(
                "connect",
                "cursor",
                "--agents-url",
                Self.url,
                "--tenant",
                "acme",
                "--issue-key",
                "--embed-key",
                "--write",
                "--expires",
                "30d"
            )
            #expect(embedded.status == 0 && !embedded.err.contains("mgw_") && !embedded.out.contains("mgw_"))
            #expect(read(file).contains("Bearer mgw_") && mode(file) == 0o600)
            let keys = await cli.run("key", "list", "-o", "json").json["keys"]?.arrayValue ?? []
            #expect(keys.map { $0["name"]?.stringValue } == ["cursor", "cursor"])
            #expect(keys.last?["expiresAtMs"]?.intValue != nil)
            #expect(embedded.err.contains("is in the file"))
            let printed = await cli.run(
                words: ["connect", "vscode", "--agents-url", Self.url, "--tenant", "acme"]
                    + ["--issue-key", "--embed-key"]
            )
            #expect(
                printed.out.contains("Bearer mgw_")
                    && printed.err.contains("in the lines above, shown this once")
            )
            let program = "\(cli.folder)/agent.py"
            let words = ["connect", "python", "--agents-url", Self.url, "--file", program]
            #expect(await cli.run(words: words).out == "wrote \(program)\n")
            #expect(await cli.run(words: words).err.contains("there is a file"))
        }
    }

    @Test func `no key is made when the file can't be created, and a key that can't be written is revoked`()
        async throws
    {
        try await withCommandLine { cli in
            _ = await cli.run("tenant", "create", "acme")
            func connect(_ client: String, _ file: String) async -> CommandLine.Outcome {
                await cli.run(
                    words: ["connect", client, "--agents-url", Self.url, "--tenant", "acme", "--issue-key"]
                        + ["--embed-key", "--file", file]
                )
            }
            func keys() async -> [JSONValue] {
                await cli.run("key", "list", "-o", "json").json["keys"]?.arrayValue ?? []
            }
            try Data().write(to: URL(filePath: "\(cli.folder)/plain"))
            let nowhere = await connect("cursor", "\(cli.folder)/plain/mcp.json")
            #expect(nowhere.status == 1 && nowhere.err.contains("can't be written"), "\(nowhere.err)")
            #expect(await keys().isEmpty)

            // A dangling link looks like a free name, but is taken, which shows only when the file is published.
            let link = "\(cli.folder)/agent.py"
            symlink("\(cli.folder)/nowhere", link)
            let late = await connect("python", link)
            let key = try #require(await keys().first)
            #expect(key["state"] == "revoked")
            let prefix = try #require(key["prefix"]?.stringValue)
            #expect(late.status == 1 && late.err.contains("the key \(prefix)"), "\(late.err)")
            #expect(!late.err.contains("mgw_") && late.out.isEmpty)
        }
    }

    @Test(
        arguments: [
            (["connect", "vscod"], "did you mean vscode?"),
            (["connect", "python", "--write"], "--file FILE names one"),
            (["connect", "cursor", "--embed-key"], "--issue-key makes"),
            (
                ["connect", "claude-code", "--issue-key", "--tenant", "a", "--embed-key"],
                "the key would be a word of a command line"
            ),
            (["connect", "cursor", "--name", "a b"], "--name"),
            (["connect", "cursor", "--issue-key", "--agents-url", "http://h/mcp"], "--tenant T is missing"),
            (["connect", "cursor", "--key-env", "mgw_12345678_secret$"], "--key-env is the name"),
        ] as [([String], String)]
    )
    func `words that make no configuration are a misuse`(_ words: [String], _ says: String) async throws {
        try await withCommandLine { cli in
            let outcome = await cli.run(words: words)
            #expect(outcome.status == 64 && outcome.err.contains(says), "\(outcome.err)")
            #expect(!outcome.err.contains("_secret"))
        }
    }

    @Test func `the URL is the context's, else the public one of the settings, else the listener's`()
        async throws
    {
        let config = "[agents]\nlisten = \"0.0.0.0:3456\"\n[admin]\nlisten = \"127.0.0.1:0\"\n"
        try await withCommandLine(config: config) { cli in
            func url(_ words: String...) async -> String? {
                await cli.run(words: ["connect", "cursor", "-o", "json"] + words).json["url"]?.stringValue
            }
            #expect(await url() == "http://127.0.0.1:3456/mcp")
            _ = await cli.run("context", "add", "a", "--agents-url", "https://a.example/mcp")
            #expect(await url("--context", "a") == "https://a.example/mcp")
            let other = await cli.run("connect", "cursor", "--url", "https://admin.example")
            #expect(other.status == 1 && other.err.contains("says nothing of where agents are served"))
            #expect(await url("--url", "https://admin.example", "--agents-url", Self.url) == Self.url)
        }
    }
}
