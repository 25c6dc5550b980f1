package import JSON

/// The input of an operation: a struct whose stored properties are `Argument`s, or other `Arguments` that several
/// operations share.
///
/// ```swift
/// struct ApproveArguments: Arguments {
///     let id = Argument.path("id", .id, "the subscription's id").operand("the subscription's number")
///     let expires = Argument.optional("expires", .expiryText).option("30d|DAY", "how long it holds")
/// }
/// ```
///
/// The OpenAPI document and the command line have the arguments in the order of the properties.
package protocol Arguments: Sendable {
    init()
}

/// The arguments of an operation that takes none.
package struct NoArguments: Arguments {
    package init() {}
}

/// One value of an operation's input: in the path, the query or the body, and as a word of the command line.
package struct Argument<Value: Sendable>: AnyArgument {
    package let name: String
    package let place: ArgumentPlace
    package let schema: Schema
    package let summary: String
    package let isRequired: Bool
    package private(set) var word: Word?
    /// Whether an empty word of the command line means null, which clears the stored value.
    private var clearsWhenEmpty = false
    private let value: @Sendable (JSONValue?) throws(Problem) -> Value

    /// - Parameter json: the request's value, which fits the schema; nil when the request has none.
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

/// A change of a value that may be cleared.
package enum Change<Value: Sendable>: Sendable {
    /// The value stays as it is.
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

    /// A member that the body may have; null means the same as leaving it out.
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

    /// An array that the body may have; leaving it out means the same as an empty one.
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
    /// A flag in the query, which is false when it is left out.
    package static func flag(_ name: String, _ summary: String) -> Argument {
        Argument(.query, name, .boolean(), summary, isRequired: false) { json throws(Problem) in
            json?.boolValue ?? false
        }
    }

    /// The flag that every operation which removes something takes.
    package static var dryRun: Argument {
        unspokenDryRun.flagOption("say what would be done, and change nothing")
    }

    /// `dryRun` without an option on the command line.
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
        /// A word without a name, recognised by its place.
        case operand
        /// An option; the help shows `value` for its value.
        case option(value: String)
        /// An option whose value names a file with the JSON of the argument; an empty name clears.
        case file(value: String)
        /// An option without a value.
        case flag
    }

    package let kind: Kind
    /// The word's name in the help: `id`, or with its hyphens `--dry-run`.
    package let name: String
    package let summary: String
    package let isRequired: Bool
    /// Why the command needs the word although its operation doesn't.
    package internal(set) var need: VerbNeed?
    /// The possible values, as far as they are known.
    package internal(set) var offer = Offer.nothing
    /// Whether only the server checks the value, because a server of another version may know other words.
    package fileprivate(set) var isLeftToServer = false
    /// Whether an empty word clears the stored value; otherwise it is a value like any other.
    package fileprivate(set) var clearsWhenEmpty = false
}

/// If a word's summary is left out, the argument's own is used.
extension Argument {
    /// A word recognised by its place: `subscription show <id>`. `name` is for the help; by default the argument's own.
    package func operand(
        _ summary: String? = nil,
        name: String? = nil,
        isOptional: Bool = false
    ) -> Argument {
        with(.operand, name ?? self.name, summary, isRequired: !isOptional)
    }

    /// An option named after the argument: `--expires 30d`. The help shows `value` for its value.
    package func option(_ value: String, _ summary: String? = nil) -> Argument {
        with(.option(value: value), Self.option(named: name), summary, isRequired: isRequired)
    }

    /// An option that names a file with the argument's JSON: `--tools FILE`.
    package func fileOption(_ value: String, _ summary: String? = nil) -> Argument {
        with(.file(value: value), Self.option(named: name), summary, isRequired: isRequired)
    }

    /// An option without a value: `--dry-run`.
    package func flagOption(_ summary: String? = nil) -> Argument {
        with(.flag, Self.option(named: name), summary, isRequired: false)
    }

    /// The same with a word that the command line doesn't check: a server of another version may know more words.
    package var leftToServer: Argument {
        var argument = self
        argument.word?.isLeftToServer = true
        return argument
    }

    /// The same with a word whose possible values are these.
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

    /// `dryRun` → `--dry-run`
    private static func option(named name: String) -> String {
        "--" + name.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
    }
}

extension Schema {
    /// The words that the schema lists.
    fileprivate var offer: Offer {
        switch shape {
        case .oneOf(let words): .words(words)
        case .boolean: .words(["true", "false"])
        case .array(let element, _): element.offer
        default: .nothing
        }
    }
}
