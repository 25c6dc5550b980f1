import JSON

/// A command of the command line that asks for one operation and shows the answer.
package struct Verb<A: Arguments, Output: Form>: Sendable {
    /// The command's noun and verb, or a single word.
    let path: [String]
    /// One line for the help.
    let summary: String
    /// More lines for its help; may be empty.
    let details: String
    /// One command line per line.
    let example: String
    /// Whether the command makes the store when there is none.
    let makesStore: Bool
    /// The process that answers the command on the store's machine.
    let asks: Asked
    /// The error when no option is given; nil when none is needed.
    let noOption: String?
    /// [argument's name] → the value that the command always gives it.
    private(set) var fixed: [String: String] = [:]
    /// [argument's name] → its possible values for this command, where they differ from the operation's.
    private(set) var offers: [String: Offer] = [:]
    /// The argument that the command requires although its operation doesn't, and the error when it is missing.
    private(set) var need: VerbNeed?
    /// Whether an answer means "no"; nil for a command whose answers aren't a yes or no.
    private(set) var isNo: (@Sendable (Answer<Output>) -> Bool)?
    /// nil for a command that has a file of its own in the command line.
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

    /// The same command with a fixed value of one of the operation's arguments, such as `allow` of two effects.
    package func always<Value>(_ argument: KeyPath<A, Argument<Value>>, _ word: String) -> Verb {
        var verb = self
        verb.fixed[A()[keyPath: argument].name] = word
        return verb
    }

    /// The same command with its own possible values of an argument.
    package func offering<Value>(_ argument: KeyPath<A, Argument<Value>>, _ offer: Offer) -> Verb {
        var verb = self
        verb.offers[A()[keyPath: argument].name] = offer
        return verb
    }

    /// The same command, requiring an argument that is optional in the operation.
    /// - Parameters:
    ///   - reason: the end of a sentence.
    ///   - choices: the possible values, each on one line.
    package func needing<Value>(
        _ argument: KeyPath<A, Argument<Value>>,
        _ reason: String,
        choices: [String]
    ) -> Verb {
        var verb = self
        verb.need = VerbNeed(argument: A()[keyPath: argument].name, reason: reason, choices: choices)
        return verb
    }

    /// The same command with the answer in the exit status too: 1 for "no". It can be told to print nothing.
    package func failing(where isNo: @escaping @Sendable (Answer<Output>) -> Bool) -> Verb {
        var verb = self
        verb.isNo = isNo
        return verb
    }

    /// The place among the other commands of a command that has a file of its own in the command line.
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

/// An argument that a command requires although its operation doesn't.
package struct VerbNeed: Sendable {
    let argument: String
    /// The end of a sentence.
    package let reason: String
    /// The possible values, each on one line.
    package let choices: [String]
}

/// The process that answers a command on the store's machine. A command with `--url` always asks that server.
package enum Asked: Sendable {
    /// The command's own process, from the store.
    case store
    /// A server that runs on the store, because only a server knows the answer.
    case server
    /// A server that runs on the store; if there is none, the command's own process.
    case serverIfRunning
}

/// How the answer to a command is shown to people.
package struct Showing<A: Arguments, Output: Form>: Sendable {
    let list: String?
    let show: @Sendable (JSONValue, Given<A>) -> Shown
    /// A note to show beside the answer; nil for none.
    private(set) var note: @Sendable (JSONValue) -> String? = { _ in nil }

    init(list: String?, show: @escaping @Sendable (JSONValue, Given<A>) -> Shown) {
        self.list = list
        self.show = show
    }

    /// Says in a sentence what was done; with `--dry-run`, what would be done.
    package static func done(
        _ sentence: @escaping @Sendable (Answer<Output>, Given<A>) -> Sentence
    ) -> Showing {
        Showing(list: nil) { .done(sentence(Answer($0), $1)) }
    }

    package static func done(_ sentence: @escaping @Sendable (Answer<Output>) -> Sentence) -> Showing {
        done { answer, _ in sentence(answer) }
    }

    /// Shows one line for each column.
    package static func details(_ rows: [Column<Output>]) -> Showing {
        Showing(list: nil) { json, _ in
            .details(rows.map { ($0.heading.title, $0.cell(Answer(json))) })
        }
    }

    /// Shows a table of all pages of a list, with any number of rows for each item.
    /// - Parameter hint: the text shown when there are no items.
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

    /// The same with a note for people about the items, if there is one.
    package func noting<Item>(
        _ note: @escaping @Sendable ([Answer<Item>]) -> String?
    ) -> Showing where Output == ListForm<Item> {
        var showing = self
        showing.note = { json in note((json[Item.plural]?.arrayValue ?? []).map { Answer($0) }) }
        return showing
    }

    /// Shows a table of all pages of a list, with a row for each item.
    /// - Parameter hint: the text shown when there are no items.
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

/// The words that the command line gave for the arguments, as in `given.state`.
@dynamicMemberLookup
package struct Given<A: Arguments>: Sendable {
    /// [argument's name] → its words.
    let words: [String: [String]]

    package var isEmpty: Bool { words.isEmpty }

    package subscript<Value>(dynamicMember argument: KeyPath<A, Argument<Value>>) -> String? {
        words[A()[keyPath: argument].name]?.last
    }

    package subscript(dynamicMember flag: KeyPath<A, Argument<Bool>>) -> Bool {
        words[A()[keyPath: flag].name] != nil
    }
}
