import REST

/// The candidates for the word that is being typed, found from the words before it.
struct Completion {
    struct Candidate: Equatable {
        let text: String
        /// A short description for people; may be empty.
        let about: String
    }

    enum Answer: Equatable {
        case candidates([Candidate])
        /// Files of this machine, which the shell lists itself.
        case files
        /// The names of contexts.
        case servers
        /// Names in the store or on a server; `prefix` stands before each, as in `--tenant=acme`.
        case items(ItemOffer, prefix: String)
    }

    let answer: Answer
    /// The words before it, as far as they make sense; `nil` until the command is known.
    let given: ParsedWords?

    /// - Parameter words: without the program's name; the last is the word being typed, and may be empty.
    init(_ words: [String]) {
        let word = words.last ?? ""
        var before = Array(words.dropLast())
        if before.first == "help" { before.removeFirst() }
        guard let command = AdminCLI.commands.first(where: { before.starts(with: $0.usage.path) }) else {
            given = nil
            answer = .candidates(Self.commands(after: before, isHelp: words.count > 1 && words[0] == "help"))
            return
        }
        let usage = command.usage
        var open: Usage.Option?
        let given = ParsedWords(
            unfinished: Array(before.dropFirst(usage.path.count)),
            usage,
            open: &open
        )
        self.given = given
        if let open {
            answer = Self.answer(open.offer, prefix: "")
        } else if let option = usage.allOptions.first(where: { word.hasPrefix($0.name + "=") }) {
            answer = Self.answer(option.offer, prefix: option.name + "=")
        } else if word.hasPrefix("-") || given.operands.count >= usage.operands.count {
            answer = .candidates(Self.options(given))
        } else {
            answer = Self.answer(usage.operands[given.operands.count].offer, prefix: "")
        }
    }

    private static func answer(_ offer: Offer, prefix: String) -> Answer {
        switch offer {
        case .nothing: .candidates([])
        case .words(let words): .candidates(words.map { Candidate(text: prefix + $0, about: "") })
        case .file: .files
        case .servers: .servers
        case .items(let items): .items(items, prefix: prefix)
        }
    }

    private static func commands(after before: [String], isHelp: Bool) -> [Candidate] {
        let usages = CommandGroup.allCases.flatMap { $0.usages }
        guard let noun = before.first else {
            var seen: Set<String> = []
            let first = usages.filter { seen.insert($0.path[0]).inserted }
            let other = isHelp ? [] : [Candidate(text: "help", about: "Says what a command does.")]
            return first.map { Candidate(text: $0.path[0], about: about($0)) } + other
        }
        guard before.count == 1 else { return [] }
        return usages.filter { $0.path.count > 1 && $0.path[0] == noun }
            .map { Candidate(text: $0.path[1], about: $0.summary) }
    }

    private static func about(_ usage: Usage) -> String {
        guard usage.path.count > 1 else { return usage.summary }
        return Help.usages(of: usage.path[0]).map { $0.path[1] }.joined(separator: ", ")
    }

    /// The options that may still be given.
    private static func options(_ given: ParsedWords) -> [Candidate] {
        given.usage.allOptions.filter { !given.flag($0) || $0.isRepeatable }
            .map { Candidate(text: $0.name, about: $0.summary) }
    }
}
