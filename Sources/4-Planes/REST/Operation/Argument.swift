package import JSON

/// What an operation takes: a struct whose stored properties are `Argument`s, or further `Arguments` that several operations share.
///
/// ```swift
/// struct ApproveArguments: Arguments {
///     let id = Argument.path("id", .id, "the subscription's id").operand("the subscription's number")
///     let expires = Argument.optional("expires", .expiryText).option("30d|DAY", "how long it holds")
/// }
/// ```
///
/// The order of the properties is that of the OpenAPI document and of the command line.
package protocol Arguments: Sendable {
    init()
}

/// For an operation that takes nothing.
package struct NoArguments: Arguments {
    package init() {}
}

/// One value that an operation takes: in the path, the query or the body, and as a word of the command line.
package struct Argument<Value: Sendable>: AnyArgument {
    package let name: String
    package let place: ArgumentPlace
    package let schema: Schema
    package let summary: String
    package let isRequired: Bool
    package private(set) var word: Word?
    /// Whether an empty word of the command line is null: it clears what is there.
    private var clearsWhenEmpty = false
    private let value: @Sendable (JSONValue?) throws(Problem) -> Value

    /// - Parameter json: what the request holds; it fits the schema. nil when it holds nothing.
    package func read(_ json: JSONValue?) throws(Problem) -> any Sendable { try value(json) }
}

package enum ArgumentPlace: Sendable { case path, query, body }

/// An argument of any type.
package protocol AnyArgument: Sendable {
    var name: String { get }
    var place: ArgumentPlace { get }
    var schema: Schema { get }
    var summary: String { get }
    var isRequired: Bool { get }
    var word: Word? { get }

    func read(_ json: JSONValue?) throws(Problem) -> any Sendable
}

/// What a change says about a value that may be cleared.
package enum Change<Value: Sendable>: Sendable {
    /// Nothing: it stays as it is.
    case keep
    case clear
    case set(Value)
}

extension Argument {
    package static func path(_ name: String, _ coding: Coding<Value>, _ summary: String) -> Argument {
        Argument(.path, name, coding.schema, summary, isRequired: true, Self.needed(name, coding))
    }

    package static func query<Wrapped: Sendable>(
        _ name: String,
        _ coding: Coding<Wrapped>,
        _ summary: String
    ) -> Argument where Value == Wrapped? {
        Argument(.query, name, coding.schema, summary, isRequired: false) { json throws(Problem) in
            guard let json else { return nil }
            return try coding.read(json)
        }
    }

    package static func requiredQuery(
        _ name: String,
        _ coding: Coding<Value>,
        _ summary: String
    ) -> Argument {
        Argument(.query, name, coding.schema, summary, isRequired: true, Self.needed(name, coding))
    }

    /// A member that the body must have.
    package static func member(_ name: String, _ coding: Coding<Value>) -> Argument {
        Argument(.body, name, coding.schema, "", isRequired: true, Self.needed(name, coding))
    }

    /// A member that the body may have; null says as much as nothing.
    package static func optional<Wrapped: Sendable>(
        _ name: String,
        _ coding: Coding<Wrapped>
    ) -> Argument where Value == Wrapped? {
        Argument(.body, name, coding.schema.orNull, "", isRequired: false) { json throws(Problem) in
            guard let json, !json.isNull else { return nil }
            return try coding.read(json)
        }
    }

    /// A member that the body may have, but not as null.
    package static func optionalNotNull<Wrapped: Sendable>(
        _ name: String,
        _ coding: Coding<Wrapped>
    ) -> Argument where Value == Wrapped? {
        Argument(.body, name, coding.schema, "", isRequired: false) { json throws(Problem) in
            guard let json else { return nil }
            return try coding.read(json)
        }
    }

    /// An array that the body may have; nothing says as much as an empty one.
    package static func list<Element: Sendable>(
        _ name: String,
        _ coding: Coding<[Element]>
    ) -> Argument where Value == [Element] {
        Argument(.body, name, coding.schema, "", isRequired: false) { json throws(Problem) in
            guard let json else { return [] }
            return try coding.read(json) ?? []
        }
    }

    /// A member that sets something, or clears it with null.
    package static func change<Wrapped: Sendable>(
        _ name: String,
        _ coding: Coding<Wrapped>
    ) -> Argument where Value == Change<Wrapped> {
        var argument = Argument(.body, name, coding.schema.orNull, "", isRequired: false) {
            json throws(Problem) in
            guard let json else { return .keep }
            guard !json.isNull, let value = try coding.read(json) else { return .clear }
            return .set(value)
        }
        argument.clearsWhenEmpty = true
        return argument
    }

    private init(
        _ place: ArgumentPlace,
        _ name: String,
        _ schema: Schema,
        _ summary: String,
        isRequired: Bool,
        _ value: @escaping @Sendable (JSONValue?) throws(Problem) -> Value
    ) {
        self.name = name
        self.place = place
        self.schema = schema
        self.summary = summary
        self.isRequired = isRequired
        self.value = value
    }

    private static func needed(
        _ name: String,
        _ coding: Coding<Value>
    ) -> @Sendable (JSONValue?) throws(Problem) -> Value {
        { json throws(Problem) in
            guard let json, let value = try coding.read(json) else {
                throw Problem(.failed, "\(name) fits its schema and can't be read")
            }
            return value
        }
    }
}

extension Argument where Value == Bool {
    /// Something in the query that is false when it's left out.
    package static func flag(_ name: String, _ summary: String) -> Argument {
        Argument(.query, name, .boolean(), summary, isRequired: false) { json throws(Problem) in
            json?.boolValue ?? false
        }
    }

    /// What every operation that takes something away understands.
    package static var dryRun: Argument {
        unspokenDryRun.flagOption("say what would be done, and change nothing")
    }

    /// The same without an option on the command line.
    package static var unspokenDryRun: Argument {
        flag(DryRun.name, "whether to answer what would be, and change nothing")
    }
}

enum DryRun {
    static let name = "dryRun"
}

/// How an argument is given on the command line.
package struct Word: Sendable {
    package enum Kind: Sendable, Equatable {
        /// In its place among the words that aren't options.
        case operand
        /// `value` stands for the value in the help.
        case option(value: String)
        /// An option whose value names a file with the JSON of the argument; an empty name clears.
        case file(value: String)
        /// An option without a value.
        case flag
    }

    package let kind: Kind
    /// As the help calls it: `id`, or with its hyphens `--dry-run`.
    package let name: String
    package let summary: String
    package let isRequired: Bool
    /// Why the command needs it where its operation doesn't.
    package internal(set) var need: VerbNeed?
    /// What it may be, as far as that is known.
    package internal(set) var offer = Offer.nothing
    /// Whether it's the server that says which words there are, as one of another version may know others.
    package fileprivate(set) var isLeftToServer = false
    /// Whether the empty word clears what is there. Where it doesn't, it's a value as any other.
    package fileprivate(set) var clearsWhenEmpty = false
}

/// The summary of a word is the argument's own when it is left out.
extension Argument {
    /// A word in its place: `subscription show <id>`. `name` is for the help; the argument's own when left out.
    package func operand(
        _ summary: String? = nil,
        name: String? = nil,
        isOptional: Bool = false
    ) -> Argument {
        with(.operand, name ?? self.name, summary, isRequired: !isOptional)
    }

    /// `--expires 30d`, called as the argument is. `value` stands for the value in the help.
    package func option(_ value: String, _ summary: String? = nil) -> Argument {
        with(.option(value: value), Self.option(named: name), summary, isRequired: isRequired)
    }

    /// `--tools FILE`: the file holds the JSON.
    package func fileOption(_ value: String, _ summary: String? = nil) -> Argument {
        with(.file(value: value), Self.option(named: name), summary, isRequired: isRequired)
    }

    /// `--dry-run`
    package func flagOption(_ summary: String? = nil) -> Argument {
        with(.flag, Self.option(named: name), summary, isRequired: false)
    }

    /// The same with a word that the command line doesn't look at: a server of another version may know more of them.
    package var leftToServer: Argument {
        var argument = self
        argument.word?.isLeftToServer = true
        return argument
    }

    /// The same with a word that is one of these.
    package func offering(_ offer: Offer) -> Argument {
        var argument = self
        argument.word?.offer = offer
        return argument
    }

    private func with(_ kind: Word.Kind, _ name: String, _ summary: String?, isRequired: Bool) -> Argument {
        var argument = self
        let own = self.summary.isEmpty ? schema.summary ?? "" : self.summary
        argument.word = Word(kind: kind, name: name, summary: summary ?? own, isRequired: isRequired)
        argument.word?.clearsWhenEmpty = clearsWhenEmpty
        if case .file = kind { argument.word?.offer = .file } else { argument.word?.offer = schema.offer }
        return argument
    }

    /// `--dry-run` of `dryRun`
    private static func option(named name: String) -> String {
        "--" + name.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
    }
}

extension Schema {
    /// The words that it lists.
    fileprivate var offer: Offer {
        switch shape {
        case .oneOf(let words): .words(words)
        case .boolean: .words(["true", "false"])
        case .array(let element, _): element.offer
        default: .nothing
        }
    }
}
