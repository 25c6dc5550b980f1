@testable import AdminCLI
import FoundationEssentials
import Testing

/// Every operand and option of every command, each with a malformed value.
struct MalformedWordTests {
    struct Row: Sendable, CustomTestStringConvertible {
        /// The operand, or the option, that is malformed.
        let word: String
        /// The rest of the command line is well-formed.
        let line: [String]

        init(_ word: String, _ line: String) {
            self.word = word
            // A caret stands for a space within a word.
            self.line = line.split(separator: " ").map { String($0).replacing("^", with: " ") }
        }

        var testDescription: String { line.joined(separator: " ") }

        var path: [String] {
            AdminCLI.commands.first { line.starts(with: $0.usage.path) }?.usage.path ?? []
        }
    }

    private static let declaring = [
        Row("--function", "target COMMAND NAME --function a^b"),
        Row("--contract", "target COMMAND NAME --function f --contract x"),
        Row("--region", "target COMMAND NAME --function f --region a^b"),
        Row("--qualifier", "target COMMAND NAME --function f --qualifier a^b"),
        Row("--endpoint", "target COMMAND NAME --function f --endpoint x"),
        Row("--approval", "target COMMAND NAME --function f --approval x"),
        Row("--pin-definitions", "target COMMAND NAME --function f --pin-definitions x"),
        Row("--allow-hidden", "target COMMAND NAME --function f --allow-hidden x"),
        Row("--serves", "target COMMAND NAME --function f --serves x"),
        Row("--timeout", "target COMMAND NAME --function f --timeout 1h"),
        Row("--tool", "target COMMAND NAME --function f --tool a=b^c"),
        Row("--role-arn", "target COMMAND NAME --function f --role-arn x"),
        Row("--external-id", "target COMMAND NAME --function f --role-arn \(role) --external-id a^b"),
        Row("--session-name", "target COMMAND NAME --function f --role-arn \(role) --session-name a^b"),
        Row("--route", "target COMMAND NAME --function f --route a=0"),
        Row("--log-tail", "target COMMAND NAME --function f --log-tail x"),
        Row("--caller-identity", "target COMMAND NAME --function f --caller-identity x"),
        Row("--http-path", "target COMMAND NAME --function f --http-path x"),
        Row("--http-host", "target COMMAND NAME --function f --http-host a^b"),
        Row("--tenant-isolation", "target COMMAND NAME --function f --tenant-isolation x"),
        Row("--architecture", "target COMMAND NAME --function f --architecture x"),
        Row("--memory-mb", "target COMMAND NAME --function f --memory-mb 127"),
        Row("--streaming", "target COMMAND NAME --function f --contract jsonrpc --streaming on"),
        Row("--tool-timeout", "target COMMAND NAME --function f --tool-timeout report=16m"),
        Row("--record-arguments", "target COMMAND NAME --function f --record-arguments x"),
        Row("--redact", "target COMMAND NAME --function f --record-arguments redacted --redact x"),
    ]

    private static let role = "arn:aws:iam::123456789012:role/r"

    static let rows =
        declaring.map {
            let contract = $0.word == "--contract" ? "" : " --contract jsonrpc"
            return Row(
                $0.word,
                $0.line.joined(separator: " ").replacing("COMMAND NAME", with: "add new") + contract
            )
        }
        + declaring.map {
            Row($0.word, $0.line.joined(separator: " ").replacing("COMMAND NAME", with: "update old"))
        }
        + [
            Row("name", "target add T^A --function f --contract jsonrpc"), Row("name", "target show T^A"),
            Row("name", "target update T^A --region r"), Row("name", "target remove T^A"),
            Row("name", "target enable T^A"), Row("name", "target disable T^A"),
            Row("name", "target new T^A"), Row("--language", "target new x --language y"),
            Row("--wrap", "target new x --wrap a^b"), Row("--lines", "target logs old --lines x"),
            Row("name", "target refresh T^A"), Row("name", "target test T^A"),
            Row("--contract", "target test old --contract x"),
            Row("--arguments", "target test old --contract jsonrpc --tool t --arguments [1]"),
            Row("--qualifier", "target test old --qualifier a^b"),
            Row("name", "target discover T^A --prefix x"), Row("--prefix", "target discover x --prefix a^b"),
            Row("--list", "target discover x --list ,"), Row("--list", "target discover x --list a,a"),
            Row("--region", "target discover x --prefix x --region ,"),
            Row("--end", "target discover x --end --prefix x"),
            Row("--list", "target discover x --list a^b"), Row("--tag", "target discover x --tag team"),
            Row("--region", "target discover x --prefix x --region y"),
            Row("--role-arn", "target discover x --prefix x --role-arn y"),
            Row("--external-id", "target discover x --prefix x --role-arn \(role) --external-id a^b"),
            Row("--contract", "target discover x --prefix x --contract y"),
            Row("--approval", "target discover x --prefix x --approval y"),
            Row("--approval-from-tags", "target discover x --prefix x --approval-from-tags y"),
            Row("--schema-tag", "target discover x --schema-tag y"),
            Row("--grace", "target discover x --prefix x --grace y"),
            Row("--target", "prompt list --target T^A"), Row("--target", "resource list --target T^A"),
            Row("--target", "tool list --target T^A"), Row("--state", "tool list --state x"),
            Row("--tenant", "tool approve old___a --tenant T^A"),
            Row("--sha256", "tool approve old___a --sha256 x"),
            Row("--since", "tool impact old___a --since x"),
            Row("tool", "tool alias now x"), Row("name", "tool alias old___a two^words"),
            Row("--role-arn", "tenant create new --role-arn x"),
            Row("--external-id", "tenant create new --role-arn \(role) --external-id a^b"),
            Row("--session-policy", "tenant create new --role-arn \(role) --session-policy x"),
            Row("--lambda-tenant-id", "tenant create new --lambda-tenant-id a^^b"),
            Row("--role-arn", "tenant update acme --role-arn x"),
            Row("--external-id", "tenant update acme --role-arn \(role) --external-id a^b"),
            Row("--session-policy", "tenant update acme --role-arn \(role) --session-policy x"),
            Row("--lambda-tenant-id", "tenant update acme --lambda-tenant-id a^^b"),
            Row("name", "tenant create T^A"), Row("tenant", "tenant show T^A"),
            Row("tenant", "tenant update T^A --title x"), Row("--label", "tenant update acme --label x"),
            Row("--label", "tenant create new --label x"), Row("tenant", "tenant suspend T^A"),
            Row("tenant", "tenant resume T^A"), Row("tenant", "tenant remove T^A"),
            Row("tenant", "key issue T^A"), Row("--expires", "key issue acme --expires x"),
            Row("--allow", "key issue acme --allow x^y"), Row("--deny", "key issue acme --deny x^y"),
            Row("--rate", "key issue acme --rate x"), Row("--burst", "key issue acme --burst x"),
            Row("--quota", "key issue acme --quota x"),
            Row("--budget", "key issue acme --budget 5usd"), Row("tenant", "key list T^A"),
            Row("prefix", "key rotate X"), Row("--overlap", "key rotate 3k9x0v2a --overlap x"),
            Row("prefix", "key revoke X"), Row("tenant", "permission allow T^A x"),
            Row("pattern", "permission allow acme x^y"), Row("tenant", "permission deny T^A x"),
            Row("pattern", "permission deny acme x^y"), Row("tenant", "permission list T^A"),
            Row("tenant", "permission remove T^A x"), Row("pattern", "permission remove acme x^y"),
            Row("--effect", "permission remove acme x --effect x"),
            Row("tenant", "subscription request T^A old"), Row("target", "subscription request acme T^A"),
            Row("--tools", "subscription request acme old --tools x^y"),
            Row("--state", "subscription list --state x"), Row("--tenant", "subscription list --tenant T^A"),
            Row("--target", "subscription list --target T^A"), Row("id", "subscription show x"),
            Row("id", "subscription approve 0"), Row("--expires", "subscription approve 1 --expires x"),
            Row("--tools", "subscription approve 1 --tools x^y"), Row("id", "subscription deny x"),
            Row("id", "subscription revoke 1.5"), Row("scope", "limit set x acme --rate 1/s"),
            Row("name", "limit set tenant T^A --rate 1/s"), Row("--rate", "limit set tenant acme --rate x"),
            Row("--burst", "limit set tenant acme --burst x"),
            Row("--quota", "limit set tenant acme --quota x"),
            Row("--budget", "limit set tenant acme --budget x"),
            Row("--budget", "limit set tenant acme --budget 50eur/month"),
            Row("--budget", "limit set tenant acme --budget -1usd/month"),
            Row("--budget", "limit set tenant acme --budget 1e400usd/day"),
            Row("--budget", "limit set tenant acme --budget 50usd/week"),
            Row("--budget", "limit set tenant acme --budget 0usd/day"),
            Row("--budget", "limit set tenant acme --budget nanusd/day"),
            Row("--budget", "limit set tenant acme --budget 1.0000000001usd/day"),
            Row("--budget", "limit set tenant acme --budget 250000.1usd/month"),
            Row(
                "--budget",
                "limit set tenant acme --budget \(String(repeating: "9", count: 10_000))usd/month"
            ),
            Row("--tenant", "limit list --tenant T^A"), Row("scope", "limit remove x acme"),
            Row("name", "limit remove tenant-target acme"), Row("--by", "usage --by x"),
            Row("--tenant", "usage --tenant T^A"), Row("--since", "usage --since x"),
            Row("--sort", "usage --sort x"), Row("--since", "usage unused --since x"),
            Row("--since", "calls --since x"), Row("--until", "calls --until x"),
            Row("--tenant", "calls --tenant T^A"), Row("--key", "calls --key X"),
            Row("--target", "calls --target T^A"), Row("--status", "calls --status x"),
            Row("--slowest", "calls --slowest 0"), Row("--limit", "calls --limit x"),
            Row("--tenant", "audit list --tenant T^A"), Row("--since", "audit list --since x"),
            Row("--limit", "audit list --limit x"), Row("name", "admin-token issue T^A --role viewer"),
            Row("--role", "admin-token issue x --role x"),
            Row("--expires", "admin-token issue x --role viewer --expires x"),
            Row("name", "admin-token revoke T^A"), Row("arguments", "call old___a {"),
            Row("--url", "call old___a --url x"), Row("--timeout", "call old___a --timeout x"),
            Row("--tenant", "tool list --tenant T^A"), Row("--key", "tool list --tenant acme --key X"),
            Row("prefix", "key show X"), Row("--until", "usage --until x"), Row("--key", "usage --key X"),
            Row("--target", "usage --target T^A"), Row("tenant", "permission explain T^A old___a"),
            Row("--key", "permission explain acme old___a --key X"),
            Row("name", "context add T^A --url https://h"),
            Row("--url", "context add x --url h --token-env T"),
            Row("--agents-url", "context add x --agents-url h"),
            Row("--token-env", "context add x --url https://h --token-env a^b"),
            Row("--tenant", "context add x --agents-url https://h --tenant T^A"),
            Row("name", "context use T^A"),
            Row("name", "context show T^A"), Row("name", "context remove T^A"), Row("client", "connect x"),
            Row("--tenant", "connect cursor --tenant T^A"),
            Row("--expires", "connect cursor --tenant acme --issue-key --agents-url https://h --expires x"),
            Row("--key-env", "connect cursor --key-env a^b"), Row("--name", "connect cursor --name a^b"),
            Row("--agents-url", "connect cursor --agents-url h"), Row("shell", "completion x"),
            Row("--format", "manual --format x"),
        ]

    /// Words that may be any text, or that name a file, which is checked when it's used. A tool's name may be any text.
    private static let anything: Set<String> = [
        "--description", "--reason", "--title", "--contact", "--name", "--actor", "--action", "--object",
        "--tools",
        "--key-file", "--command", "--with", "--env", "--python", "--ca", "--token-file",
        "--token-command", "--file", "--tool", "file", "tool",
        "--public-key", "--result", "--store",
    ]

    /// Words that are checked only after something else was found: a server, a tool.
    private static let later = [
        "target logs name", "calls --id", "calls receipt id", "calls verify --arguments",
    ]

    @Test(arguments: rows)
    func `a malformed word is a misuse, and the answer shows the command's usage`(_ row: Row) async throws {
        try await withCommandLine { cli in
            for line in ["tenant create acme", "target add old --function fn --contract jsonrpc"] {
                _ = await cli.run(words: line.split(separator: " ").map { String($0) })
            }
            let outcome = await cli.run(words: row.line)
            #expect(outcome.status == 64, "\(outcome.out)\(outcome.err)")
            #expect(outcome.out.isEmpty && outcome.err.contains("\nUsage: mcp-gateway"), "\(outcome.err)")
        }
    }

    @Test func `every word of every command is in the table`() {
        for usage in AdminCLI.commands.map({ $0.usage }) {
            let words =
                usage.operands.map { $0.name } + usage.options.filter { $0.value != nil }.map { $0.name }
            let tried = Self.rows.filter { $0.path == usage.path }.map { $0.word }
            for word in words
            where !Self.anything.contains(word) && !Self.later.contains("\(usage.name) \(word)") {
                #expect(tried.contains(word), "\(usage.name) \(word)")
            }
        }
    }

    @Test func `every command also checks the form of its answer and the server's address`()
        async throws
    {
        try await withCommandLine { cli in
            for usage in AdminCLI.commands.map({ $0.usage }) {
                guard usage.operands.allSatisfy({ $0.isOptional }),
                    !usage.options.contains(where: { $0.isRequired })
                else { continue }
                if usage.hasAnswer {
                    #expect(await cli.run(words: usage.path + ["-o", "x"]).status == 64, "\(usage.name)")
                }
                if usage.reach == .adminAPI {
                    #expect(await cli.run(words: usage.path + ["--url", "x"]).status == 64, "\(usage.name)")
                }
            }
        }
    }
}
