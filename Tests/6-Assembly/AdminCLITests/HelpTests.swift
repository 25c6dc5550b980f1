@testable import AdminCLI
import FoundationEssentials
import TestSupport
import Testing

struct HelpTests {
    private static let targetAdd = #"""
        Adds a target: a Lambda function that serves tools.

        Usage: mcp-gateway target add <name> [--function FN] --contract C [--region R]
            [--qualifier Q] [--endpoint URL] [--approval A]
            [--pin-definitions true|false] [--allow-hidden true|false]
            [--serves FAMILY]… [--timeout 30s] [--description TEXT] [--tools FILE]
            [--tool NAME=FUNCTION]… [--role-arn ARN] [--external-id ID]
            [--session-name NAME] [--route live=90,next=10] [--log-tail L]
            [--caller-identity PLACE] [--http-path PATH] [--http-host HOST]
            [--tenant-isolation true|false] [--architecture A] [--memory-mb MB]
            [--streaming true|false] [--tool-timeout NAME=5m]… [--record-arguments R]
            [--redact POINTER]…

        Its tools are in the catalog after `target refresh`, or the running server's
        next refresh. The answer says what the function is sent then; a function that
        expects another event would run with it.

          <name>   a-z, 0-9 and single hyphens, at most 50 characters

        Options:
          --function FN                   the function's name or ARN; not needed when
                                          each tool has its own
          --contract C                    how its function is spoken to: mcp-wrapper,
                                          jsonrpc, agentcore, http-v2, http-v1, function
          --region R                      the function's region
          --qualifier Q                   an alias, a version or $LATEST
          --endpoint URL                  the Lambda API to use in place of AWS's own
          --approval A                    required, auto or open
          --pin-definitions true|false    hold changed tools back until `tool approve`;
                                          true when approval is required
          --allow-hidden true|false       serve tools with characters that a reader
                                          can't see; refused by default
          --serves FAMILY                 tools, prompts or resources, each that its
                                          function serves; may be repeated
          --timeout 30s                   for one call, 1s to 15m
          --description TEXT              what the target is for
          --tools FILE                    a JSON array of tools, in place of asking the
                                          function
          --tool NAME=FUNCTION            a tool with a function of its own, in place of
                                          those before; may be repeated
          --role-arn ARN                  the IAM role that its calls are made with
          --external-id ID                what the role's trust policy asks for
          --session-name NAME             what CloudTrail calls the role's session
          --route live=90,next=10         versions or aliases that share the calls, and
                                          their weights
          --log-tail L                    off (the default), sampled or all: which calls
                                          bring their log's end
          --caller-identity PLACE         none (the default), client-context or meta:
                                          where the caller is told
          --http-path PATH                of the HTTP events; /mcp when there is none
          --http-host HOST                of the HTTP events; localhost:8080 when there
                                          is none
          --tenant-isolation true|false   its functions are in Lambda's tenant isolation
                                          mode; false by default
          --architecture A                x86_64 (the default) or arm64: calls are
                                          charged by it
          --memory-mb MB                  what calls are charged for until Lambda
                                          reports its functions' memory
          --streaming true|false          its functions stream their answers; false by
                                          default
          --tool-timeout NAME=5m          the timeout of one tool, by the target's own
                                          name for it, in place of the target's; may be
                                          repeated
          --record-arguments R            none (the default), redacted or full: whether
                                          arguments and results are recorded
          --redact POINTER                what is replaced in them, such as
                                          /items/*/card; may be repeated
          --config FILE                   settings; gateway.toml here, or the defaults
          --url URL                       a server's admin listener, in place of the
                                          store here
          --context NAME                  a server of `context list`, or here for this
                                          machine
          --ca FILE                       PEM with the only authorities to trust for
                                          https
          --output table|name|json        also -o; how to print the answer
          --help                          also -h; this text

        Example:
          mcp-gateway target add time --function mcp-server-time \
              --contract jsonrpc --approval open

        """#

    @Test func `the help of target add is as printed here`() async throws {
        try await withCommandLine { cli in
            let outcome = await cli.run("target", "add", "--help")
            #expect(outcome.status == 0 && outcome.err.isEmpty)
            #expect(outcome.out == Self.targetAdd)
        }
    }

    @Test(arguments: [40, 60, 80, 200])
    func `help fits the terminal, and no word is split`(columns: Int) async throws {
        try await withCommandLine { cli in
            for path in [[]] + AdminCLI.commands.map({ $0.usage.path }) {
                let narrow = await cli.run(words: path + ["--help"], columns: columns).out
                let widest = narrow.split(separator: "\n").max { $0.count < $1.count } ?? ""
                // A part that isn't split, such as an option with its value, may be wider than a small terminal.
                #expect(widest.count <= max(min(columns, 100), 66), "\(path): \(widest)")
                let wide = await cli.run(words: path + ["--help"], columns: 100).out
                func words(_ text: String) -> [Substring] {
                    text.split { $0.isWhitespace }.filter { $0 != "\\" }
                }
                #expect(words(narrow) == words(wide))
            }
        }
    }

    @Test func `every level has help with an example, on stdout`() async throws {
        let nouns = Set(AdminCLI.commands.map { $0.usage.path }.filter { $0.count > 1 }.map { [$0[0]] })
        let levels = [[]] + nouns + AdminCLI.commands.map { $0.usage.path }
        try await withCommandLine { cli in
            for level in levels {
                for words in [level + ["--help"], level + ["-h"], ["help"] + level] {
                    let outcome = await cli.run(words: words)
                    #expect(outcome.status == 0 && outcome.err.isEmpty, "\(words)")
                    #expect(outcome.out.contains("Example:\n  "), "\(words)")
                }
            }
        }
    }

    @Test func `docs show the help of every verb and of no other`() throws {
        let text = try String(contentsOf: Repository.root.appending(path: "docs/cli.md"), encoding: .utf8)
        let parts = text.split(separator: "written by make docs. -->\n\n", maxSplits: 1)
        let written = parts.count == 2 ? String(parts[1]) : ""
        let isSame = written == CommandDocument.text
        #expect(isSame, "docs/cli.md is behind the help: make docs")
        let longest = written.split(separator: "\n").map { displayWidth(String($0)) }.max() ?? 0
        #expect(longest <= 100)
        let json = try String(
            contentsOf: Repository.root.appending(path: "docs/cli-json.md"),
            encoding: .utf8
        )
        let titles = written.split(separator: "\n").filter { $0.hasPrefix("### ") }.map { $0.dropFirst(4) }
        #expect(Set(titles) == Set(AdminCLI.commands.map { Substring($0.usage.name) }))
        for command in AdminCLI.commands where command.usage.hasAnswer {
            #expect(json.contains("`\(command.usage.name)"), "docs/cli-json.md lacks \(command.usage.name)")
        }
    }

    @Test func `each example is a command line that parses`() throws {
        for command in AdminCLI.commands {
            for line in command.usage.example.split(separator: "\n") where line.hasPrefix("mcp-gateway ") {
                var words: [String] = []
                // Quotes in the examples enclose whole words.
                for (index, part) in line.split(
                    omittingEmptySubsequences: false,
                    whereSeparator: { "'\"".contains($0) }
                )
                .enumerated() where !line.contains("{") {
                    words += index % 2 == 1 ? [String(part)] : part.split(separator: " ").map { String($0) }
                }
                guard !words.isEmpty else { continue }
                guard case .command(let found, let rest) = CommandRequest(Array(words.dropFirst())) else {
                    Issue.record("\(line)")
                    continue
                }
                #expect(found.usage.path == command.usage.path)
                #expect(throws: Never.self) { _ = try found.parse(try ParsedWords(rest, found.usage)) }
            }
        }
    }
}
