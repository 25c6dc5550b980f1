/// The texts of `--help`, written from the usages alone, in lines of at most `width` columns.
struct Help {
    var width = Help.documentWidth
    var style = Style.plain
    /// Whether a person reads the errors; for programs each error is a single line, which they can match.
    private let foldsErrors: Bool

    /// The width of texts that aren't for a terminal.
    static let documentWidth = 80

    init(width: Int = Help.documentWidth, style: Style = .plain, foldsErrors: Bool = true) {
        self.width = width
        self.style = style
        self.foldsErrors = foldsErrors
    }

    /// The help as it looks on that terminal.
    init(on stream: TextStream) {
        self.init(
            width: min(stream.columns ?? Self.documentWidth, 100),
            style: stream.style,
            foldsErrors: stream.isTerminal
        )
    }

    static let purpose = "One MCP endpoint in front of many tools that live in Lambda functions."
    static let common = """
        Every command takes --config FILE and --help; those with an answer take -o FORM. Most take --url URL too: then \
        they work on that server, with the admin token in MCP_GATEWAY_ADMIN_TOKEN; or --context NAME, a server that \
        `context add` knows.
        """
    static let exitStatus = "Exit status: 0 done, 1 refused or failed, 64 misused."

    /// All commands, by groups.
    func overview() -> String {
        var text = "\(wrapped(Self.purpose, to: width))\n\nUsage: mcp-gateway <command> [options]\n"
        for group in CommandGroup.allCases where !group.usages.isEmpty {
            text += "\n\(style.heading(group.rawValue))\n" + list(group.usages)
        }
        return text + """

            \(wrapped(Self.common, to: width))
            \(Self.exitStatus)

            \(style.heading("Example:"))
            \(example("mcp-gateway target add time --function mcp-server-time --contract jsonrpc --approval open"))
            """
    }

    /// A short overview for somebody who typed only the program's name.
    func sketch() -> String {
        let groups = CommandGroup.allCases.map { group in
            (group.rawValue, names(of: group).joined(separator: ", "))
        }.filter { !$0.1.isEmpty }
        return """
            \(wrapped(Self.purpose, to: width))

            Usage: mcp-gateway <command> [options]

            \(aligned(groups))
            \(wrapped("Run `mcp-gateway --help` for all commands, `mcp-gateway target --help` for those of a noun.", to: width))

            """
    }

    /// The nouns, and the commands that are a single word.
    private func names(of group: CommandGroup) -> [String] {
        let first = group.usages.map { $0.path[0] }
        return group.nouns.filter { first.contains($0) }
    }

    /// The verbs of a noun; `nil` when there is no such noun.
    func noun(_ noun: String) -> String? {
        guard let sketch = nounSketch(noun), let first = Self.usages(of: noun).first else { return nil }
        return "\(sketch)\n\(style.heading("Example:"))\n\(example(first))"
    }

    /// The verbs of a noun without an example; `nil` when there is no such noun.
    func nounSketch(_ noun: String) -> String? {
        let usages = Self.usages(of: noun)
        return usages.isEmpty ? nil : "Usage: mcp-gateway \(noun) <verb> [options]\n\n\(list(usages))"
    }

    static func usages(of noun: String) -> [Usage] {
        AdminCLI.commands.map { $0.usage }.filter { $0.path.count > 1 && $0.path[0] == noun }
    }

    func text(for usage: Usage) -> String {
        var text = "\(wrapped(usage.summary, to: width))\n\n\(synopsis(usage))\n"
        if !usage.details.isEmpty { text += "\n" + paragraphs(usage.details) }
        if !usage.operands.isEmpty {
            text += "\n" + aligned(usage.operands.map { ("<\($0.name)>", $0.summary) })
        }
        text +=
            "\n\(style.heading("Options:"))\n" + aligned(usage.allOptions.map { ($0.form, $0.fullSummary) })
        return text + "\n\(style.heading("Example:"))\n\(example(usage))"
    }

    /// The error, the command's usage, and where to find more.
    func misuse(_ error: UsageError, _ usage: Usage) -> String {
        let what = "mcp-gateway \(usage.name): \(error.message)"
        let lines = error.lines.map { "\n\(safe($0))" }.joined()
        return """
            \(foldsErrors ? wrapped(what, to: width, indent: 2) : what)\(lines)
            \(synopsis(usage))
            Run `mcp-gateway \(usage.name) --help` for more.

            """
    }

    /// The whole synopsis, folded between its parts.
    func synopsis(_ usage: Usage) -> String {
        var parts = (["Usage: mcp-gateway"] + usage.path).joined(separator: " ")
        parts += usage.operands.map {
            ($0.isOptional ? " [\($0.name)]" : " <\($0.name)>") + ($0.isRepeatable ? "…" : "")
        }.joined()
        let options = usage.options.map { option in
            option.isRequired ? option.form : option.isRepeatable ? "[\(option.form)]…" : "[\(option.form)]"
        }
        return folded([parts] + options, to: width, indent: 4)
    }

    func text(_ word: UnknownWord) -> String {
        word.lines.map { (foldsErrors ? cut($0, to: width) : $0) + "\n" }.joined()
    }

    /// Command lines, folded in a form that a shell accepts.
    func example(_ usage: Usage) -> String { example(usage.example) }

    private func example(_ lines: String) -> String {
        lines.split(separator: "\n").map { line in
            "  \(foldedCommand(String(line), to: width - 2).joined(separator: "\n      "))\n"
        }.joined()
    }

    private func list(_ usages: [Usage]) -> String { aligned(usages.map { ($0.name, $0.summary) }) }

    /// Names and their descriptions in two columns; a name too long for the first column gets its own line.
    private func aligned(_ rows: [(String, String)]) -> String {
        let most = min(30, width / 2)
        let left = min(most, rows.map { displayWidth($0.0) }.max() ?? 0)
        let margin = 2 + left + 3
        return rows.map { name, text in
            let shown = wrapped(text, to: max(20, width - margin))
                .split(separator: "\n").joined(separator: "\n" + String(repeating: " ", count: margin))
            let gap =
                displayWidth(name) > left
                ? "\n" + String(repeating: " ", count: margin)
                : String(repeating: " ", count: left - displayWidth(name) + 3)
            return text.isEmpty ? "  \(name)\n" : "  \(name)\(gap)\(shown)\n"
        }.joined()
    }

    /// Consecutive lines form one paragraph; indented lines stay as they are.
    private func paragraphs(_ text: String) -> String {
        Self.paragraphs(of: text).map { lines in
            lines[0].hasPrefix(" ")
                ? lines.joined(separator: "\n") : wrapped(lines.joined(separator: " "), to: width)
        }.joined(separator: "\n\n") + "\n"
    }

    static func paragraphs(of text: String) -> [[String]] {
        text.split(separator: "\n\n").map { $0.split(separator: "\n").map { String($0) } }
    }
}

extension Usage.Option {
    /// The option as the help writes it: `--function FN`.
    var form: String { value.map { "\(name) \($0)" } ?? name }

    var fullSummary: String { summary + (isRepeatable ? "; may be repeated" : "") }
}

/// A command line in pieces of at most `width` columns, each but the last ending in a backslash. Quoted words stay whole.
func foldedCommand(_ line: String, to width: Int) -> [String] {
    guard displayWidth(line) > width else { return [line] }
    var words: [String] = [""]
    var quote: Character?
    for character in line {
        if character == quote {
            quote = nil
        } else if quote == nil, "'\"".contains(character) {
            quote = character
        }
        if character == " ", quote == nil {
            words.append("")
        } else {
            words[words.count - 1].append(character)
        }
    }
    // An option stays on one line with its value.
    var parts: [String] = []
    for word in words {
        if let last = parts.last, last.hasPrefix("--"), !last.contains(" "), !word.hasPrefix("--") {
            parts[parts.count - 1] += " " + word
        } else {
            parts.append(word)
        }
    }
    let lines = folded(parts, to: width - 6, indent: 0).split(separator: "\n").map { String($0) }
    return lines.dropLast().map { $0 + " \\" } + lines.suffix(1)
}
