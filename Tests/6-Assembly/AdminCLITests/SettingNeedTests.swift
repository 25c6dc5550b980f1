@testable import AdminCLI
import FoundationEssentials
import JSON
import Testing

/// Runs every verb without the environment variables that gateway.toml refers to, as in the shell of an operator whose
/// server has them in its own environment.
struct SettingNeedTests {
    /// A verb, and the missing variable that stops it; nil for a verb that isn't stopped.
    struct Row: Sendable, CustomTestStringConvertible {
        let words: [String]
        var missing: String?

        var testDescription: String { words.joined(separator: " ") }
    }

    private static let aws = "GW_ID"
    private static let local = "GW_LOCAL_ID"

    static let rows = [
        Row(words: ["serve"], missing: aws), Row(words: ["serve", "--local"], missing: aws),
        Row(words: ["lambda", "serve"], missing: local),
        Row(words: ["target", "add", "time", "--function", "fn", "--contract", "mcp-wrapper"]),
        Row(words: ["target", "list"]),
        Row(words: ["target", "show", "old"]), Row(words: ["target", "update", "old", "--timeout", "5s"]),
        Row(words: ["target", "disable", "old"]), Row(words: ["target", "enable", "old"]),
        Row(words: ["target", "refresh"], missing: aws), Row(words: ["target", "test", "old"], missing: aws),
        Row(words: ["target", "refresh", "--local"], missing: local),
        Row(words: ["target", "discover", "x", "--prefix", "x-"], missing: aws),
        Row(words: ["target", "logs", "old"]), Row(words: ["target", "new", "fresh", "--no-install"]),
        Row(words: ["target", "remove", "old"]),
        Row(words: ["tool", "list"]), Row(words: ["tool", "show", "old___a"]),
        Row(words: ["tool", "impact", "old___a"]), Row(words: ["tool", "approve", "old___a"]),
        Row(words: ["tool", "quarantine", "old___a"]),
        Row(words: ["tool", "alias", "old___a", "b"]),
        Row(words: ["prompt", "list"]), Row(words: ["resource", "list"]),
        Row(words: ["tenant", "create", "new"]), Row(words: ["tenant", "list"]),
        Row(words: ["tenant", "show", "acme"]), Row(words: ["tenant", "update", "acme", "--title", "A"]),
        Row(words: ["tenant", "suspend", "acme"]), Row(words: ["tenant", "resume", "acme"]),
        Row(words: ["tenant", "remove", "acme", "--force"]),
        Row(words: ["key", "issue", "acme"]), Row(words: ["key", "list"]),
        Row(words: ["key", "show", "KEY"]),
        Row(words: ["key", "rotate", "KEY"]), Row(words: ["key", "revoke", "KEY"]),
        Row(words: ["permission", "allow", "acme", "old___*"]),
        Row(words: ["permission", "deny", "acme", "old___*"]),
        Row(words: ["permission", "list"]), Row(words: ["permission", "remove", "acme", "x___*"]),
        Row(words: ["permission", "explain", "acme", "old___a"]),
        Row(words: ["subscription", "request", "acme", "old"]), Row(words: ["subscription", "list"]),
        Row(words: ["subscription", "show", "1"]), Row(words: ["subscription", "approve", "1"]),
        Row(words: ["subscription", "deny", "1"]), Row(words: ["subscription", "revoke", "1"]),
        Row(words: ["limit", "set", "tenant", "acme", "--rate", "1/s"]), Row(words: ["limit", "list"]),
        Row(words: ["limit", "remove", "tenant", "acme"]),
        Row(words: ["status"]),
        Row(words: ["usage"]), Row(words: ["usage", "unused"]), Row(words: ["audit", "list"]),
        Row(words: ["audit", "verify"]),
        Row(words: ["calls"]), Row(words: ["calls", "--id", "none"]),
        Row(words: ["calls", "receipt", "none"]),
        Row(words: ["calls", "receipt-key"]), Row(words: ["calls", "verify", "none"]),
        Row(words: ["admin-token", "issue", "--role", "viewer"]), Row(words: ["admin-token", "list"]),
        Row(words: ["admin-token", "revoke", "none"]),
        Row(words: ["context", "add", "x", "--agents-url", "http://127.0.0.1/mcp"]),
        Row(words: ["context", "use", "here"]), Row(words: ["context", "list"]),
        Row(words: ["context", "show", "none"]), Row(words: ["context", "remove", "none"]),
        Row(words: ["backup", "check", "none"]), Row(words: ["backup", "none/copy.db"]),
        Row(words: ["call", "old___a"]), Row(words: ["connect", "python"]), Row(words: ["reload"]),
        Row(words: ["config", "check"], missing: aws), Row(words: ["config", "show"]),
        Row(words: ["doctor"]), Row(words: ["version"]), Row(words: ["manual"]),

        Row(words: ["completion", "bash"]),
    ]

    private static let config = """
        [admin]
        listen = "127.0.0.1:0"
        [agents]
        listen = "127.0.0.1:0"
        [aws]
        access_key_id = "${GW_ID}"
        secret_access_key = "${GW_SECRET}"
        session_token = "${GW_TOKEN}"
        [local_lambda]
        access_key_id = "${GW_LOCAL_ID}"
        secret_access_key = "${GW_LOCAL_SECRET}"
        """

    @Test(arguments: rows)
    func `a missing variable stops only the verbs that use it, and they name it`(_ row: Row)
        async throws
    {
        guard AdminCLI.commands.contains(where: { row.words.starts(with: $0.usage.path) }) else { return }
        try await withCommandLine(config: Self.config) { cli in
            for words in [
                ["target", "add", "old", "--function", "fn", "--contract", "mcp-wrapper"],
                ["tenant", "create", "acme"],
                ["subscription", "request", "acme", "old"],
            ] {
                #expect(await cli.run(words: words).status == 0)
            }
            let key = await cli.run("key", "issue", "acme", "-o", "json").json["prefix"]?.stringValue ?? ""
            let outcome = await cli.run(words: row.words.map { $0 == "KEY" ? key : $0 })
            let said = outcome.out + outcome.err
            if let missing = row.missing {
                #expect(outcome.status == 1 && cli.servedWith.isEmpty)
                #expect(said.contains("the environment has no \(missing)"), "\(said)")
            } else {
                #expect(!outcome.err.contains("GW_"), "\(said)")
                #expect(!said.contains("configuration is faulty"), "\(said)")
            }
        }
    }

    @Test func `every verb is in the table`() {
        for command in AdminCLI.commands {
            let path = command.usage.path
            #expect(Self.rows.contains { $0.words.starts(with: path) }, "\(path)")
        }
    }

    @Test
    func `a leaked key can be revoked while other settings are faulty, and a note names the fault`()
        async throws
    {
        let config = Self.config + "\n[log]\nlevel = \"loud\"\n"
        try await withCommandLine(config: config) { cli in
            _ = await cli.run("tenant", "create", "acme")
            let key = await cli.run("key", "issue", "acme", "-o", "json").json["prefix"]?.stringValue ?? ""
            let outcome = await cli.run("key", "revoke", key)
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(outcome.err.contains("log.level") && outcome.err.contains("this command doesn't use it"))
            #expect(await cli.run("serve").status == 1)
            #expect(await cli.run("config", "check").status == 1)
            let doctor = await cli.run("doctor", "-o", "json")
            #expect(doctor.status == 1 && doctor.out.contains("log.level"))
        }
    }

    @Test func `a misspelled store setting stops a command that would write to another store`() async throws {
        for config in ["[store]\npaht = \"x.db\"\n", "[stoer]\npath = \"x.db\"\n"] {
            try await withCommandLine(config: config) { cli in
                #expect(await cli.run("tenant", "create", "acme").status == 1)
                #expect(!FileManager.default.fileExists(atPath: "\(cli.folder)/var/gateway.db"))
            }
        }
    }

    @Test(arguments: ["\r\n", "\n", " "])
    func `white space at the end of a secret is ignored`(_ blank: String) async throws {
        let variables = ["GW_ID", "GW_SECRET", "GW_TOKEN", "GW_LOCAL_ID", "GW_LOCAL_SECRET"]
        let environment = Dictionary(uniqueKeysWithValues: variables.map { ($0, "v" + blank) })
        try await withCommandLine(environment: environment, config: Self.config) { cli in
            #expect(await cli.run("config", "check").status == 0)
            #expect(await cli.run("serve").status == 7)
        }
        let broken = environment.merging(["GW_TOKEN": "a\r\nb"]) { $1 }
        try await withCommandLine(environment: broken, config: Self.config) { cli in
            for words in [["config", "check"], ["serve"], ["doctor"]] {
                let outcome = await cli.run(words: words)
                #expect((outcome.out + outcome.err).contains("GW_TOKEN"), "\(words)")
                #expect(outcome.status == (words == ["doctor"] ? 0 : 1), "\(outcome.out)")
            }
        }
    }

    @Test func `a file of tools with a byte-order mark is read`() async throws {
        try await withCommandLine { cli in
            let file = try cli.declareTools(["now"])
            let bytes = try Data(contentsOf: URL(filePath: file))
            try (Data([0xEF, 0xBB, 0xBF]) + bytes).write(to: URL(filePath: file))
            let added = await cli.run(
                "target",
                "add",
                "time",
                "--function",
                "fn",
                "--contract",
                "mcp-wrapper",
                "--tools",
                file
            )
            #expect(added.status == 0, "\(added.err)")
            #expect(await cli.run("target", "refresh", "time").status == 0)
            #expect(await cli.run("tool", "list").out.contains("time___now"))
        }
    }
}
