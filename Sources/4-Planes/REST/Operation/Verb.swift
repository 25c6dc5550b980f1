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
            .details(rows.map { ($0.title, $0.cell(Answer(json))) })
        }
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
                titles: columns.map { $0.title },
                spare: Set(columns.filter { $0.isSpare }.map { $0.title }),
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
    case table(titles: [String], spare: Set<String>, rows: [[Cell]], ifEmpty: String)
}

/// One value for people; whoever shows it sees to it that it's safe to show.
package enum Cell: Sendable, Equatable {
    case nothing
    case text(String)
    /// Milliseconds since 1970.
    case moment(Int64)
    /// The same, shown as how long ago it was.
    case age(Int64)

    package init(_ text: String?) { self = text.map { .text($0) } ?? .nothing }

    /// Texts one after the other; nothing when there are none.
    package init(_ texts: [String], separator: String = " ") {
        self = texts.isEmpty ? .nothing : .text(texts.joined(separator: separator))
    }

    /// What stands in place of nothing.
    package func or(_ other: @autoclosure () -> Cell) -> Cell { self == .nothing ? other() : self }
}

/// A column of a table, or a line of details.
package struct Column<F: Form>: Sendable {
    package let title: String
    package let cell: @Sendable (Answer<F>) -> Cell
    /// Whether a terminal that is too narrow for all goes without it.
    package private(set) var isSpare = false

    package init(_ title: String, _ cell: @escaping @Sendable (Answer<F>) -> Cell) {
        self.title = title
        self.cell = cell
    }

    /// The member as it is: a text, a number, a moment, or texts one after the other.
    package init<Value>(_ title: String, _ member: KeyPath<F, Member<F.Record, Value>>) {
        let member = F()[keyPath: member]
        self.init(title) { member.cell($0.json) }
    }

    /// A moment, as how long ago it was.
    package static func age(_ title: String, _ member: KeyPath<F, Member<F.Record, Int64?>>) -> Column {
        let member = F()[keyPath: member]
        return Column(title) { member.read($0.json).map { .age($0) } ?? .nothing }
    }

    package var spare: Column {
        var column = self
        column.isSpare = true
        return column
    }
}

extension Member {
    /// The member of an answer, for people.
    func cell(_ answer: JSONValue) -> Cell {
        switch answer[name] {
        case .string(let text): return .text(text)
        case .number(let spelling):
            guard display == .moment, let moment = answer[name]?.intValue else { return .text(spelling) }
            return .moment(Int64(moment))
        case .array(let elements): return Cell(elements.compactMap { $0.stringValue })
        case .bool(let truth): return .text(truth ? "yes" : "no")
        default: return .nothing
        }
    }
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
