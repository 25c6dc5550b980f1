import REST

/// What a verb takes: from this its words are parsed, and its help is written.
struct Usage: Sendable {
    struct Operand: Sendable {
        let name: String
        let summary: String
        var isOptional = false
        /// What it may be, for whoever completes it.
        var offer = Offer.nothing
        /// Whether more may follow; of the last one.
        var isRepeatable = false
    }

    struct Option: Sendable {
        /// With its hyphens.
        let name: String
        /// What stands for the value in the help; `nil` for a flag.
        let value: String?
        let summary: String
        var isRepeatable = false
        var isRequired = false
        /// What is said where it's missing, in place of its summary.
        var need: VerbNeed?
        /// What its value may be, for whoever completes it.
        var offer = Offer.nothing
    }

    /// What the verb works on.
    enum Reach: Sendable {
        /// What the admin API gives, here or with --url on a server elsewhere.
        case adminAPI
        /// What the gateway serves agents, here or elsewhere.
        case agents
        /// Only what is on this machine.
        case thisMachine
    }

    /// Noun and verb, or a single word.
    let path: [String]
    /// One line.
    let summary: String
    var operands: [Operand] = []
    var options: [Option] = []
    /// More lines for the verb's own help; may be empty.
    var details = ""
    /// One command line per line.
    let example: String
    /// Whether there is an answer to be given as a table or as JSON.
    var hasAnswer = true
    var reach = Reach.adminAPI
    /// The member of the answer that holds a list's items; `nil` when the answer is one thing.
    var list: String?
    /// Whether the answer is a table for people; as for lists when left out.
    var isTable: Bool?
    /// The members of the answer, or of each item, that name it to other commands, in the order of their words.
    var names: [String] = []
    /// The members of each item that are columns for spreadsheets; empty for a verb that has nothing for them.
    var csv: [String] = []

    /// `target add`
    var name: String { path.joined(separator: " ") }

    /// The verb's own options and those that all have.
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

/// Options that all verbs have, or most.
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

/// A command line that makes no sense; the message says why and what would.
struct UsageError: Error, Equatable {
    let message: String
    /// What it might be instead, one to a line, shown as they are; may be empty.
    let lines: [String]

    init(_ message: String, lines: [String] = []) {
        self.message = message
        self.lines = lines
    }
}
