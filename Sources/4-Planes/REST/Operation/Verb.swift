import JSON

/// A command of the command line that asks one operation and shows the answer.
package struct Verb<A: Arguments, Output: Form>: Sendable {
    /// Noun and verb, or a single word.
    let path: [String]
    /// One line.
    let summary: String
    /// More lines for its help; may be empty.
    let details: String
    /// One command line per line.
    let example: String
    /// Whether it makes the store when there is none.
    let makesStore: Bool
    /// Who answers it on the store's machine.
    let asks: Asked
    /// What is said when no option is given; nil when none need be.
    let noOption: String?
    /// Words that the command always gives, by the names of their arguments.
    private(set) var fixed: [String: String] = [:]
    /// What words may be for this command, by the names of their arguments, where it's other than what the operation says.
    private(set) var offers: [String: Offer] = [:]
    /// The argument that must be given in words although its operation can do without, and what is said when it isn't.
    private(set) var need: VerbNeed?
    /// Whether an answer is a no; nil for a command whose answers are no verdicts.
    private(set) var isNo: (@Sendable (Answer<Output>) -> Bool)?
    /// nil for a command that has a file of its own.
    let showing: Showing<A, Output>?

    package init(
        _ path: String,
        _ summary: String,
        details: String = "",
        example: String,
        makesStore: Bool = false,
        asks: Asked = .store,
        withoutOption noOption: String? = nil,
        shows showing: Showing<A, Output>
    ) {
        self.path = path.split(separator: " ").map { String($0) }
        self.summary = summary
        self.details = details
        self.example = example
        self.makesStore = makesStore
        self.asks = asks
        self.noOption = noOption
        self.showing = showing
    }

    /// The same for one value of an argument that the operation takes, such as `allow` of two effects.
    package func always<Value>(_ argument: KeyPath<A, Argument<Value>>, _ word: String) -> Verb {
        var verb = self
        verb.fixed[A()[keyPath: argument].name] = word
        return verb
    }

    /// The same where what an argument may be depends on what the command does with it.
    package func offering<Value>(_ argument: KeyPath<A, Argument<Value>>, _ offer: Offer) -> Verb {
        var verb = self
        verb.offers[A()[keyPath: argument].name] = offer
        return verb
    }

    /// The same where an argument must be given that the operation only takes.
    /// - Parameters:
    ///   - reason: a sentence's end.
    ///   - choices: what it may be, one to a line.
    package func needing<Value>(
        _ argument: KeyPath<A, Argument<Value>>,
        _ reason: String,
        choices: [String]
    ) -> Verb {
        var verb = self
        verb.need = VerbNeed(argument: A()[keyPath: argument].name, reason: reason, choices: choices)
        return verb
    }

    /// The same with the answer in the exit status too: 1 for a no. It can be asked to print nothing.
    package func failing(where isNo: @escaping @Sendable (Answer<Output>) -> Bool) -> Verb {
        var verb = self
        verb.isNo = isNo
        return verb
    }

    /// A command that has a file of its own in the command line: this is its place among the others.
    package static func own(_ path: String) -> Verb { Verb(ownPath: path) }

    private init(ownPath: String) {
        path = ownPath.split(separator: " ").map { String($0) }
        summary = ""
        details = ""
        example = ""
        makesStore = false
        asks = .store
        noOption = nil
        showing = nil
    }
}

/// An argument that a command can't do without, although its operation can.
package struct VerbNeed: Sendable {
    let argument: String
    /// A sentence's end.
    package let reason: String
    /// What it may be, one to a line.
    package let choices: [String]
}

/// Who answers a command that is run on the store's machine. One with `--url` always asks that server.
package enum Asked: Sendable {
    /// The command's own process, from the store.
    case store
    /// A server that runs on the store: only such a one knows.
    case server
    /// A server that runs on the store; without one, the command's own process.
    case serverIfRunning
}

/// How the answer to a command is shown to people.
package struct Showing<A: Arguments, Output: Form>: Sendable {
    let list: String?
    let show: @Sendable (JSONValue, Given<A>) -> Shown
    /// What is to be said beside the answer.
    private(set) var note: @Sendable (JSONValue) -> String? = { _ in nil }

    init(list: String?, show: @escaping @Sendable (JSONValue, Given<A>) -> Shown) {
        self.list = list
        self.show = show
    }

    /// Says in a sentence what was done; with `--dry-run` what would have been.
    package static func done(
        _ sentence: @escaping @Sendable (Answer<Output>, Given<A>) -> Sentence
    ) -> Showing {
        Showing(list: nil) { .done(sentence(Answer($0), $1)) }
    }

    package static func done(_ sentence: @escaping @Sendable (Answer<Output>) -> Sentence) -> Showing {
        done { answer, _ in sentence(answer) }
    }

    /// One line for each thing about it.
    package static func details(_ rows: [Column<Output>]) -> Showing {
        Showing(list: nil) { json, _ in
            .details(rows.map { ($0.heading.title, $0.cell(Answer(json))) })
        }
    }

    /// As many rows for each item of a list as it has, all its pages.
    /// - Parameter hint: said when there are no items.
    package static func table<Item>(
        headings: [Heading],
        ifEmpty hint: String,
        rows: @escaping @Sendable (Answer<Item>) -> [[Cell]]
    ) -> Showing where Output == ListForm<Item> {
        Showing(list: Item.plural) { json, _ in
            .table(
                headings: headings,
                rows: (json[Item.plural]?.arrayValue ?? []).flatMap { rows(Answer($0)) },
                ifEmpty: hint
            )
        }
    }

    /// The same with a note for people on what is shown, where there is one.
    package func noting<Item>(
        _ note: @escaping @Sendable ([Answer<Item>]) -> String?
    ) -> Showing where Output == ListForm<Item> {
        var showing = self
        showing.note = { json in note((json[Item.plural]?.arrayValue ?? []).map { Answer($0) }) }
        return showing
    }

    /// A row for each item of a list, all its pages.
    /// - Parameter hint: said when there are no items.
    package static func table<Item>(
        columns: @escaping @Sendable (Given<A>) -> [Column<Item>],
        ifEmpty hint: @escaping @Sendable (Given<A>) -> String
    ) -> Showing where Output == ListForm<Item> {
        Showing(list: Item.plural) { json, given in
            let columns = columns(given)
            return .table(
                headings: columns.map { $0.heading },
                rows: (json[Item.plural]?.arrayValue ?? []).map { item in
                    columns.map { $0.cell(Answer(item)) }
                },
                ifEmpty: hint(given)
            )
        }
    }

    package static func table<Item>(
        _ columns: [Column<Item>],
        ifEmpty hint: @escaping @Sendable (Given<A>) -> String
    ) -> Showing where Output == ListForm<Item> {
        table(columns: { _ in columns }, ifEmpty: hint)
    }

    package static func table<Item>(
        _ columns: [Column<Item>],
        ifEmpty hint: String
    ) -> Showing where Output == ListForm<Item> {
        table(columns: { _ in columns }, ifEmpty: { _ in hint })
    }
}

/// An answer, ready to be laid out.
package enum Shown: Sendable {
    case done(Sentence)
    case details([(title: String, cell: Cell)])
    case table(headings: [Heading], rows: [[Cell]], ifEmpty: String)
}

/// The words that were given for the arguments: `given.state`.
@dynamicMemberLookup
package struct Given<A: Arguments>: Sendable {
    /// By the names of the arguments.
    let words: [String: [String]]

    package var isEmpty: Bool { words.isEmpty }

    package subscript<Value>(dynamicMember argument: KeyPath<A, Argument<Value>>) -> String? {
        words[A()[keyPath: argument].name]?.last
    }

    package subscript(dynamicMember flag: KeyPath<A, Argument<Bool>>) -> Bool {
        words[A()[keyPath: flag].name] != nil
    }
}
