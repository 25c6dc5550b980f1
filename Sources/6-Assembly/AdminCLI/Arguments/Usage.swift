import REST

/// The options and operands of a verb. Its words are parsed by this, and its help is made from it.
struct Usage: Sendable {
    struct Operand: Sendable {
        let name: String
        let summary: String
        var isOptional = false
        /// The candidates for completion.
        var offer = Offer.nothing
        /// Whether it may be repeated; only for the last operand.
        var isRepeatable = false
    }

    struct Option: Sendable {
        /// The name with its hyphens.
        let name: String
        /// The placeholder of the value in the help; `nil` for a flag.
        let value: String?
        let summary: String
        var isRepeatable = false
        var isRequired = false
        /// The error's text when the option is missing, instead of its summary.
        var need: VerbNeed?
        /// The candidates for the value in completion.
        var offer = Offer.nothing
    }

    /// What the verb works on.
    enum Reach: Sendable {
        /// The admin API, here or with --url on a server elsewhere.
        case adminAPI
        /// The agents' endpoint of a gateway, here or elsewhere.
        case agents
        /// This machine only.
        case thisMachine
    }

    /// A noun and a verb, or a single word.
    let path: [String]
    /// A single line.
    let summary: String
    var operands: [Operand] = []
    var options: [Option] = []
    /// More lines for the verb's own help; may be empty.
    var details = ""
    /// Example command lines, one per line.
    let example: String
    /// Whether the verb has an answer that can be printed as a table or as JSON.
    var hasAnswer = true
    var reach = Reach.adminAPI
    /// The member of the answer that holds a list's items; `nil` when the answer is one thing.
    var list: String?
    /// Whether the answer is a table for people; when left out, only lists are.
    var isTable: Bool?
    /// The members of the answer, or of each item, that other commands take as its name, in the order of their
    /// operands.
    var names: [String] = []
    /// The members of each item that become columns of a CSV table; empty for a verb without one.
    var csv: [String] = []

    /// Noun and verb as typed, such as `target add`.
    var name: String { path.joined(separator: " ") }

    /// The verb's own options, and the common ones.
    var allOptions: [Option] {
        var common = [Option.config]
        switch reach {
        case .adminAPI: common += [.url, .context, .ca]
        case .agents: common += [.context, .ca]
        case .thisMachine: break
        }
        if hasAnswer { common.append(.output(answerForms)) }
        return options + common + [.help]
    }
}

/// Options of all verbs, or of most.
extension Usage.Option {
    static func longName(_ name: String) -> String {
        ["-o": "--output", "-h": "--help", "-f": "--follow", "-q": "--quiet"][name] ?? name
    }

    func isCalled(_ word: String) -> Bool { Self.longName(word) == name }

    static let config = Usage.Option(
        name: "--config",
        value: "FILE",
        summary: "settings; gateway.toml here, or the defaults",
        offer: .file
    )
    static let url = Usage.Option(
        name: "--url",
        value: "URL",
        summary: "a server's admin listener, in place of the store here"
    )
    static let context = Usage.Option(
        name: "--context",
        value: "NAME",
        summary: "a server of `context list`, or here for this machine",
        offer: .servers
    )
    static let ca = Usage.Option(
        name: "--ca",
        value: "FILE",
        summary: "PEM with the only authorities to trust for https",
        offer: .file
    )
    static let output = output([])
    static func output(_ forms: [AnswerForm]) -> Usage.Option {
        Usage.Option(
            name: "--output",
            value: forms.map { $0.rawValue }.joined(separator: "|"),
            summary: "also -o; how to print the answer",
            offer: .words(forms.map { $0.rawValue })
        )
    }
    static let help = Usage.Option(name: "--help", value: nil, summary: "also -h; this text")
}

/// A misuse of the command line; the message says what is wrong and what would be right.
struct UsageError: Error, Equatable {
    let message: String
    /// Suggestions, one per line, shown as they are; may be empty.
    let lines: [String]

    init(_ message: String, lines: [String] = []) {
        self.message = message
        self.lines = lines
    }
}
