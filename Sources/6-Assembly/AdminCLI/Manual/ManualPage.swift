import Control

/// mcp-gateway(1), made from the same usages as the help. Source: man(7), man-pages(7)
struct ManualPage {
    /// `2026-11-21`
    let day: String

    var text: String {
        var page = Roff()
        page.raw(
            ".TH \"MCP\\-GATEWAY\" \"1\" \"\(day)\" \"mcp\\-gateway \(gatewayVersion)\" \"User Commands\""
        )
        // Commands are copied from it, so no word is split at the end of a line.
        page.raw(".nh\n.ad l")
        page.section("NAME")
        page.raw("mcp\\-gateway \\- \(Roff.escaped(Self.name))")
        page.section("SYNOPSIS")
        page.raw("\\fBmcp\\-gateway\\fR \\fIcommand\\fR [\\fIoptions\\fR]")
        page.section("DESCRIPTION")
        page.paragraph(Help.purpose)
        page.paragraph(Self.places)
        page.section("COMMON OPTIONS")
        page.list(
            [Usage.Option.config, .url, .output(AnswerForm.allCases), .help].map { ($0.form, $0.summary) }
        )
        page.paragraph(Self.forms)
        for group in CommandGroup.allCases where !group.usages.isEmpty {
            page.section(group.rawValue.uppercased())
            for usage in group.usages { page.add(usage) }
        }
        page.section("EXIT STATUS")
        page.list([("0", "done"), ("1", "refused or failed"), ("64", "misused: nothing was done")])
        page.section("ENVIRONMENT")
        page.list(Self.environment)
        page.section("FILES")
        page.list(Self.files)
        return page.text
    }

    private static let name = "one MCP endpoint in front of many tools in Lambda functions"

    private static let places = """
        The commands work on the store that gateway.toml names, whether or not a server runs; a running server has taken a \
        change over when the command returns. With --url they work on a server elsewhere, with an admin token. stdout is \
        the answer, stderr the rest.
        """

    private static let forms = """
        Of -o, `table` is for people and fits the terminal, `wide` leaves nothing out, `name` prints what other commands \
        take, `json` the whole answer, and `jsonl` each item of a list on a line of its own. A command takes those that \
        its answer has.
        """

    static let environment = [
        ("MCP_GATEWAY_CONFIG", "the settings' file, when there is no --config"),
        ("MCP_GATEWAY_SECTION_KEY", "one setting; stronger than the file"),
        ("MCP_GATEWAY_ADMIN_TOKEN", "the admin token that --url needs"),
        ("MCP_GATEWAY_URL", "the server that commands work on, as --url says it"),
        ("MCP_GATEWAY_CONTEXT", "the same by the name of a context, as --context says it"),
        ("MCP_GATEWAY_KEY", "the key that `call` sends"),
        ("COLUMNS", "how wide the terminal is"),
        ("NO_COLOR", "when it isn't empty: no colours; there are none in a pipe anyway"),
    ]

    static let files = [
        ("gateway.toml", "the settings; read in the current folder when no other file is named"),
        ("~/.config/mcp-gateway/contexts.toml", "the servers that --context knows; its owner's alone"),
    ]
}

/// A manual page that is being written.
struct Roff {
    private(set) var text = ""

    mutating func raw(_ line: String) { text += line + "\n" }

    mutating func macro(_ name: String, _ words: [String]) {
        raw(".\(name) " + words.map { "\"\(Self.escaped($0))\"" }.joined(separator: " "))
    }

    mutating func section(_ title: String) { macro("SH", [title]) }

    mutating func paragraph(_ words: String) {
        // A section begins a paragraph by itself.
        if text.split(separator: "\n").last?.hasPrefix(".SH") != true { raw(".PP") }
        raw(Self.line(words))
    }

    mutating func list(_ rows: [(String, String)]) {
        for (name, text) in rows {
            raw(".TP")
            raw("\\fB\(Self.escaped(name))\\fR")
            raw(Self.line(text))
        }
    }

    mutating func add(_ usage: Usage) {
        macro("SS", [usage.name])
        raw(Self.line(usage.summary))
        raw(".PP")
        raw(synopsis(usage))
        for lines in Help.paragraphs(of: usage.details) {
            if lines[0].hasPrefix(" ") { block(lines) } else { paragraph(lines.joined(separator: " ")) }
        }
        list(usage.operands.map { ("<\($0.name)>", $0.summary) })
        list(usage.options.map { ($0.form, $0.fullSummary) })
        block(usage.example.split(separator: "\n").flatMap { foldedCommand(String($0), to: 74) })
    }

    private func synopsis(_ usage: Usage) -> String {
        let words = Help(width: .max).synopsis(usage).split(separator: " ").dropFirst()
        return words.map { Self.escaped(String($0)) }.joined(separator: " ")
    }

    /// Lines that are not filled or joined.
    private mutating func block(_ lines: [String]) {
        raw(".PP\n.RS 4\n.nf")
        for line in lines { raw(Self.guarded(Self.escaped(line))) }
        raw(".fi\n.RE")
    }

    /// The line as roff; text in backquotes becomes bold.
    static func line(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        let shown = parts.enumerated().map { index, part -> String in
            if index % 2 == 0 { return escaped(part) }
            return index < parts.count - 1 ? "\\fB\(escaped(part))\\fR" : escaped("`" + part)
        }
        return wrapped(shown.joined(), to: 79).split(separator: "\n").map { guarded(String($0)) }
            .joined(separator: "\n")
    }

    /// Guards a line that begins with one of these, which roff would take for a request.
    static func guarded(_ line: String) -> String {
        line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }

    /// Source: groff_char(7)
    static func escaped(_ text: some StringProtocol) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\e"
            case "-": "\\-"
            case "'": "\\(aq"
            case "\"": "\\(dq"
            case "`": "\\(ga"
            case "^": "\\(ha"
            case "~": "\\(ti"
            case "…": "..."
            case "–": "\\(en"
            case "\n": " "
            default:
                scalar.isASCII
                    ? String(scalar)
                    : "\\[u\(String(repeating: "0", count: max(0, 4 - hex(scalar).count)))\(hex(scalar))]"
            }
        }.joined()
    }

    private static func hex(_ scalar: Unicode.Scalar) -> String {
        String(scalar.value, radix: 16, uppercase: true)
    }
}
