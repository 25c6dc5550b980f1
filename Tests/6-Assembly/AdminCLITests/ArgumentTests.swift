@testable import AdminCLI
import Testing

struct ArgumentTests {
    struct Misuse: Sendable, CustomTestStringConvertible {
        let words: [String]
        let says: String
        var testDescription: String { words.joined(separator: " ") }
    }

    @Test(arguments: [
        Misuse(words: [], says: "Usage: mcp-gateway <command>"),
        Misuse(words: ["targt"], says: "there is no command \"targt\"; did you mean `target`?"),
        Misuse(words: ["\u{1B}[2J"], says: "<U+001B>[2J"),
        Misuse(words: ["target"], says: "target refresh"),
        Misuse(
            words: ["target", "refesh"],
            says: "target has no command \"refesh\"; did you mean `target refresh`?"
        ),
        Misuse(words: ["target", "--local"], says: "a verb is missing"),
        Misuse(words: ["--config", "x", "target", "list"], says: "options come after the command"),
        Misuse(words: ["--json", "target", "list"], says: "mcp-gateway target list -o json"),
        Misuse(words: ["list", "targets"], says: "did you mean `target list`?"),
        Misuse(words: ["help", "targt"], says: "did you mean `target`?"),
        Misuse(words: ["mgw_12345678_secret"], says: "that begins as a key does"),
        Misuse(words: ["target", "mgw_12345678_secret"], says: "that begins as a key does"),
        Misuse(words: ["target", "list", "--json"], says: "there is no option --json; use -o json"),
        Misuse(
            words: ["target", "add", "x", "--function", "f", "--contract", "jsonrpc", "-o", "jsonl"],
            says: "no list; -o takes"
        ),
        Misuse(words: ["key", "issue", "x", "-o", "name"], says: "nothing that has a name"),
        Misuse(words: ["target", "show", "x", "-o", "wide"], says: "no table"),
        Misuse(words: ["target", "add"], says: "<name> is missing"),
        Misuse(words: ["target", "update", "x", "--route", "live"], says: "different names with values"),
        Misuse(words: ["target", "update", "x", "--route", "live=1,live=2"], says: "different names"),
        Misuse(
            words: ["target", "update", "x", "--route", "live=much"],
            says: "--route takes a whole number"
        ),
        Misuse(words: ["target", "add", "x", "--functoin", "f"], says: "did you mean --function?"),
        Misuse(
            words: ["target", "add", "x", "--function", "f"],
            says: "--contract C is missing: it decides what"
        ),
        Misuse(
            words: ["target", "add", "x", "--function", "f"],
            says: "\n  jsonrpc      a JSON-RPC message: {"
        ),
        Misuse(words: ["target", "add", "x", "--function"], says: "--function needs a value"),
        Misuse(
            words: ["target", "add", "x", "--function", "--region", "r"],
            says: "--function needs a value"
        ),
        Misuse(words: ["target", "add", "x", "--function", "f", "--function=g"], says: "given twice"),
        Misuse(words: ["target", "add", "x", "y", "--function", "f"], says: "unexpected argument: \"y\""),
        Misuse(words: ["target", "refresh", "--local=yes"], says: "--local takes no value"),
        Misuse(
            words: ["target", "list", "-o", "yaml"],
            says: "-o takes table, wide, name, json or jsonl, not \"yaml\""
        ),
        Misuse(words: ["target", "list", "-x"], says: "no option -x"),
        Misuse(words: ["target", "update", "x"], says: "nothing to change"),
        Misuse(words: ["target", "new", "Bad_Name"], says: "is not a valid target name"),
        Misuse(words: ["target", "new", "gateway"], says: "kept for the gateway itself"),
        Misuse(
            words: ["target", "new", "x", "--language", "go"],
            says: "functions in \"go\" can't be made yet"
        ),
        Misuse(words: ["target", "new", "x", "--command", "y"], says: "--command is for --wrap"),
        Misuse(words: ["target", "new", "x", "--wrap", "p", "--no-install"], says: "has to be installed"),
        Misuse(words: ["target", "new", "x", "--wrap", "-r"], says: "takes the name of a package"),
        Misuse(words: ["target", "new", "x", "--env", "A_KEY=1"], says: "looks like a secret"),
        Misuse(words: ["target", "logs", "x", "--lines", "0"], says: "a number from 1 to 1000"),
        Misuse(words: ["tool", "alias"], says: "<tool> is missing"),
        Misuse(words: ["tool", "alias", "now", "x"], says: "\"now\" is not a tool's name"),
        Misuse(words: ["tool", "alias", "time___now"], says: "give a name, or --remove"),
        Misuse(
            words: ["tool", "alias", "time___now", "x", "--remove"],
            says: "--remove goes without a name"
        ),
        Misuse(words: ["tool", "alias", "time___now", "two words"], says: "is not a valid tool name"),
        Misuse(words: ["tool", "alias", "time___now", "a", "b"], says: "unexpected argument"),
        Misuse(words: ["serve", "-o", "json"], says: "no option --output"),
        Misuse(words: ["call", "a___b", "{"], says: "are not JSON"),
        Misuse(words: ["call", "a___b", "[]"], says: "must be a JSON object"),
        Misuse(words: ["call", "a___b", "--timeout", "1h"], says: "1s to 15m"),
        Misuse(words: ["call", "a___b", "--key", "mgw_12345678_secret"], says: "secrets are not taken"),
        Misuse(words: ["call", "a___b", "--token=mgw_12345678_secret"], says: "secrets are not taken"),
        Misuse(
            words: ["call", "a___b", "{}", "mgw_12345678_secret"],
            says: "a key, which does not belong here"
        ),
        Misuse(words: ["call", "a___b", "--kye=mgw_12345678_secret"], says: "no option --kye"),
    ])
    func `a misuse gives exit status 64, says what was wrong, and repeats no secret`(_ row: Misuse)
        async throws
    {
        try await withCommandLine { cli in
            let outcome = await cli.run(words: row.words)
            #expect(outcome.status == 64)
            #expect(outcome.out.isEmpty)
            #expect(outcome.err.contains(row.says), "\(outcome.err)")
            #expect(!outcome.err.contains("_secret"))
            #expect(!outcome.err.contains("\u{1B}"))
        }
    }

    @Test(arguments: [
        (["comletion"], "completion"), (["target", "lst"], "target list"),
        (["list", "targets"], "target list"),
        (["--config", "x", "target", "list"], "target list"), (["xyzzyqwer"], nil), (["-x"], nil),
        (["target", "--local"], nil),
    ])
    func `an unknown command gets three lines that fit the terminal, with the command probably meant`(
        _ words: [String],
        _ meant: String?
    ) async throws {
        try await withCommandLine { cli in
            let outcome = await cli.run(words: words, columns: 80)
            let lines = outcome.err.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            #expect(outcome.status == 64 && outcome.out.isEmpty)
            #expect((2...3).contains(lines.count) && lines.allSatisfy { $0.count <= 80 }, "\(outcome.err)")
            #expect(lines.first?.hasPrefix("mcp-gateway: ") == true)
            #expect(
                lines.last?.hasPrefix("Run `mcp-gateway ") == true && lines.last?.contains("--help`") == true
            )
            if let meant { #expect(lines.dropFirst().first?.hasPrefix("  mcp-gateway \(meant)") == true) }
        }
    }

    @Test func `the program or a noun without more words lists the commands on one small screen`()
        async throws
    {
        try await withCommandLine { cli in
            let paths = AdminCLI.commands.map { $0.usage.path }
            // `calls` and `usage` are commands themselves, and also the first word of other commands.
            for words in [[]] + Set(paths.filter { $0.count > 1 }.map { [$0[0]] }).subtracting(paths) {
                let outcome = await cli.run(words: words, columns: 80)
                #expect(outcome.status == 64 && outcome.out.isEmpty)
                let lines = outcome.err.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(lines.count <= 23 && lines.allSatisfy { $0.count <= 80 }, "\(outcome.err)")
            }
        }
    }

    @Test(arguments: ["--version", "-V", "-v", "version"])
    func `every way of asking for the version prints it`(_ word: String) async throws {
        try await withCommandLine { cli in
            let outcome = await cli.run(word)
            #expect(outcome.status == 0 && outcome.out.hasPrefix("mcp-gateway ") && outcome.err.isEmpty)
        }
    }

    @Test func `every command has a group of the overview`() {
        let grouped = CommandGroup.allCases.flatMap { $0.usages.map { $0.path } }
        #expect(
            Set(grouped) == Set(AdminCLI.commands.map { $0.usage.path })
                && grouped.count == AdminCLI.commands.count
        )
    }

    @Test func `options may stand anywhere after the verb, in either form`() throws {
        let b = Usage.Option(name: "--b", value: "B", summary: "", isRepeatable: true)
        let c = Usage.Option(name: "--c", value: nil, summary: "")
        let usage = Usage(
            path: ["x"],
            summary: "",
            operands: [.init(name: "a", summary: "")],
            options: [b, c],
            example: ""
        )
        let words = try ParsedWords(["--b", "1", "word", "--b=2=3", "--c", "--b="], usage)
        #expect(words.operand(0) == "word")
        #expect(words.options(b) == ["1", "2=3", ""])
        #expect(words.flag(c))
        #expect(try ParsedWords(["--", "--b"], usage).operand(0) == "--b")
        #expect(try ParsedWords(["--help"], usage).wantsHelp)
        #expect(try ParsedWords(["--b", "-1", "w"], usage).option(b) == "-1")
    }

    @Test func `random words never crash the parser`() throws {
        var random = SplitMix(state: 20_261_121)
        let pieces = [
            "target", "add", "--", "-", "--config", "=", "--output=json", "-o", "x", "", "\u{0}",
            "--function=", "é",
            "subscription", "approve", "1", "limit", "set", "tenant", "--rate", "50/s", "--quota=5/day",
            "--quota",
            "usage", "--since=7d", "--since", "2026-02-30", "audit", "--limit=-1", "--url", "--label=a=b",
            "--dry-run",
            "admin-token", "--role=viewer", "permission", "explain",
            "call", "key", "issue", "--allow", "*", "{}", "--help", "-h", "list", "\u{202E}", "--expires=9d",
        ]
        for _ in 0..<20_000 {
            let words = (0..<Int(random.next() % 7)).map { _ in
                pieces[Int(random.next() % UInt64(pieces.count))]
            }
            guard case .command(let command, let rest) = CommandRequest(words) else { continue }
            if let parsed = try? ParsedWords(rest, command.usage), !parsed.wantsHelp {
                _ = try? command.parse(parsed)
            }
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            return word ^ word >> 31
        }
    }
}
