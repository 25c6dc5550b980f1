import Config

/// Words that name no command: what is wrong, which command was probably meant, and where to find more.
struct UnknownWord {
    private let error: String
    /// The command that was probably meant, and its summary; `nil` when none is near.
    private let nearest: String?
    private let help: String

    /// - Precondition: there is at least one word.
    init(_ words: [String]) {
        let first = words[0]
        if first.hasPrefix("-") {
            self = UnknownWord(optionFirst: words)
        } else if Help.usages(of: first).isEmpty {
            self = UnknownWord(noun: first, verb: words.dropFirst().first)
        } else {
            self = UnknownWord(verb: words.dropFirst().first ?? "", of: first)
        }
    }

    private init(error: String, nearest: String?, help: String) {
        self.error = "mcp-gateway: \(error)"
        self.nearest = nearest
        self.help = "Run `mcp-gateway \(help)` for all commands."
    }

    private init(noun word: String, verb: String?) {
        let nouns = AdminCLI.commands.map { $0.usage.path[0] }
        let near = nearestName(to: word, in: nouns)
        // `list targets` is `target list` in another order.
        let turned = verb.flatMap { noun in
            nearestName(to: noun, in: nouns).flatMap { Self.usage(noun: $0, verb: word) }
        }
        let usage = near.flatMap { noun in
            verb.flatMap { Self.usage(noun: noun, verb: $0) }
                ?? AdminCLI.commands.first { $0.usage.path == [noun] }?.usage
        }
        let meant = turned?.name ?? usage?.name ?? near
        self.init(
            error: "there is no command \(Self.shown(word))\(Self.didYouMean(meant))",
            nearest: (turned ?? usage).map { Self.synopsis($0) } ?? near.map { Self.synopsis(noun: $0) },
            help: "--help"
        )
    }

    private init(verb: String, of noun: String) {
        let isOption = verb.hasPrefix("-")
        let verbs = Help.usages(of: noun).compactMap { $0.path.dropFirst().first }
        let near =
            isOption ? nil : nearestName(to: verb, in: verbs).flatMap { Self.usage(noun: noun, verb: $0) }
        self.init(
            error: isOption
                ? "a verb is missing: options come after it, as in `mcp-gateway \(noun) \(verbs[0])`"
                : "\(noun) has no command \(Self.shown(verb))\(Self.didYouMean(near?.name))",
            nearest: near.map { Self.synopsis($0) } ?? Self.synopsis(noun: noun),
            help: "\(noun) --help"
        )
    }

    /// Values of options are not repeated, because one may be a secret in the wrong place.
    private init(optionFirst words: [String]) {
        let option = safe(String(words[0].prefix { $0 != "=" }.prefix(40)))
        let command = words.indices.lazy.compactMap { start in
            AdminCLI.commands.first { words[start...].starts(with: $0.usage.path) }
        }.first
        let form = AnswerForm(rawValue: String(option.drop { $0 == "-" }))
        let said = form.map { "-o \($0.rawValue)" } ?? option
        self.init(
            error: "options come after the command:",
            nearest: "mcp-gateway \(command?.usage.name ?? "target list") \(said)",
            help: "--help"
        )
    }

    /// At most three lines.
    var lines: [String] { [error] + [nearest.map { "  " + $0 }, help].compactMap { $0 } }

    private static func shown(_ word: String) -> String {
        isSecret(word) ? "that begins as a key does" : quoted(word)
    }

    private static func didYouMean(_ name: String?) -> String {
        name.map { "; did you mean `\($0)`?" } ?? ""
    }

    private static func usage(noun: String, verb: String) -> Usage? {
        let usages = Help.usages(of: noun)
        return nearestName(to: verb, in: usages.map { $0.path[1] }).flatMap { near in
            usages.first { $0.path[1] == near }
        }
    }

    private static func synopsis(_ usage: Usage) -> String {
        let operands = usage.operands.map { $0.isOptional ? " [\($0.name)]" : " <\($0.name)>" }.joined()
        let required = usage.options.filter { $0.isRequired }.map { " \($0.form)" }.joined()
        return "mcp-gateway \(usage.name)\(operands)\(required)   \(usage.summary)"
    }

    private static func synopsis(noun: String) -> String {
        "mcp-gateway \(noun) \(Help.usages(of: noun).map { $0.path[1] }.joined(separator: "|"))"
    }
}
