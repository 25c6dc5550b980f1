package import JSON

/// The JSON form of a record: a struct whose stored properties are the object's members, in their order.
///
/// Each member is declared once, as a `Member` or an `Included` form; its schema, its writing and reading and the
/// columns of tables are derived from that.
///
/// ```swift
/// struct ShelfForm: Form {
///     let name = Member("name", .name, \Shelf.name)
///     let builtAtMs = Member("builtAtMs", .moment, \Shelf.builtAtMs)
/// }
/// ```
package protocol Form: Sendable {
    associatedtype Record: Sendable

    init()

    /// The schema's name in the OpenAPI document; nil for a schema that is written where it is used.
    static var component: String? { get }

    /// The members by which commands name the record, in the order of their words; empty when no command does.
    static var names: [String] { get }

    /// The revision for an answer's `ETag`; nil for none.
    static func revision(of record: Record) -> Int64?
}

extension Form {
    package static var component: String? { nil }

    package static var names: [String] { [] }

    package static func revision(of record: Record) -> Int64? { nil }
}

/// A form of records that are listed.
package protocol ListedForm: Form {
    /// The member of a list's answer that holds the records, e.g. `tenants`.
    static var plural: String { get }
}

/// A member of a form, or several members, of any type.
package protocol FormMember<Record>: Sendable {
    associatedtype Record

    var schemaMembers: [Schema.Member] { get }
    /// The named schemas that the members refer to.
    var components: Schema.Components { get }

    func write(_ record: Record, to object: inout JSONObject)
}

/// The schema and the JSON derived from a form.
package struct Fields<F: Form>: Sendable {
    private let members = MadeForm<F>.shared.members

    package init() {}

    package func json(_ record: F.Record) -> JSONValue {
        var object = JSONObject()
        for member in members { member.write(record, to: &object) }
        return .object(object)
    }

    package var schemaMembers: [Schema.Member] { members.flatMap { $0.schemaMembers } }

    /// The schema inside other schemas: a reference if it has a name.
    package var schema: Schema { F.component.map { .reference($0) } ?? .object(schemaMembers) }

    /// The named schemas in it, including its own.
    package var components: Schema.Components {
        var all: Schema.Components = [:]
        for member in members { all.merge(member.components) { first, _ in first } }
        if let name = F.component { all[name] = .object(schemaMembers) }
        return all
    }
}

/// One member of a form's object. Answers always have it; `null` stands for a missing value.
package struct Member<Record: Sendable, Value: Sendable>: FormMember {
    package let name: String
    package let schema: Schema
    package let components: Schema.Components
    let display: Display
    private let json: @Sendable (Record) -> JSONValue
    private let value: @Sendable (JSONValue) -> Value

    package var schemaMembers: [Schema.Member] { [.required(name, schema)] }

    package func write(_ record: Record, to object: inout JSONObject) { object[name] = json(record) }

    /// The value in an answer; empty when the answer doesn't have it, because it may come from another version.
    package func read(_ answer: JSONValue) -> Value { value(answer[name] ?? .null) }
}

extension Member where Value: Blank & Sendable {
    package init(
        _ name: String,
        _ coding: Coding<Value>,
        _ get: @escaping @Sendable (Record) -> Value
    ) {
        self.name = name
        schema = coding.schema
        components = [:]
        display = coding.display
        json = { coding.write(get($0)) }
        value = { (try? coding.read($0)) ?? Value.blank }
    }
}

extension Member {
    /// Keeps a required value without an empty form from being taken for an optional one.
    @available(*, deprecated, message: "declare the type Blank, or write the value as a text")
    package init(
        _ name: String,
        _ coding: Coding<Value>,
        _ get: @escaping @Sendable (Record) -> Value
    ) {
        preconditionFailure("\(name) of \(Record.self) has no empty form")
    }

    /// An optional value.
    package init<Wrapped: Sendable>(
        _ name: String,
        _ coding: Coding<Wrapped>,
        _ get: @escaping @Sendable (Record) -> Wrapped?
    ) where Value == Wrapped? {
        self.name = name
        schema = coding.schema.orNull
        components = [:]
        display = coding.display
        json = { get($0).map(coding.write) ?? .null }
        value = { (try? coding.read($0)) ?? nil }
    }

    /// An object of another form.
    package init<F: Form>(
        _ name: String,
        _ form: F.Type,
        _ get: @escaping @Sendable (Record) -> F.Record
    ) where Value == Answer<F> {
        let fields = Fields<F>()
        self.name = name
        schema = fields.schema
        components = fields.components
        display = .plain
        json = { fields.json(get($0)) }
        value = { Answer($0) }
    }

    /// An optional object of another form.
    package init<F: Form>(
        _ name: String,
        _ form: F.Type,
        summary: String? = nil,
        ifAny get: @escaping @Sendable (Record) -> F.Record?
    ) where Value == Answer<F>? {
        let fields = Fields<F>()
        var schema = fields.schema.orNull
        schema.summary = summary
        self.name = name
        self.schema = schema
        components = fields.components
        display = .plain
        json = { get($0).map(fields.json) ?? .null }
        value = { $0.isNull ? nil : Answer($0) }
    }

    /// Objects of another form.
    package init<F: Form>(
        _ name: String,
        listOf form: F.Type,
        max: Int = 1_000_000,
        summary: String? = nil,
        _ get: @escaping @Sendable (Record) -> [F.Record]
    ) where Value == [Answer<F>] {
        let fields = Fields<F>()
        self.name = name
        schema = .array(fields.schema, max: max, summary)
        components = fields.components
        display = .plain
        json = { .array(get($0).map(fields.json)) }
        value = { ($0.arrayValue ?? []).map { Answer($0) } }
    }
}

/// All members of another form, in the same object.
package struct Included<Record: Sendable, F: Form>: FormMember {
    private let fields = Fields<F>()
    private let get: @Sendable (Record) -> F.Record

    package init(_ form: F.Type, _ get: @escaping @Sendable (Record) -> F.Record) { self.get = get }

    package var schemaMembers: [Schema.Member] { fields.schemaMembers }

    package var components: Schema.Components {
        // The form's own name is for an object that has only its members.
        fields.components.filter { $0.key != F.component }
    }

    package func write(_ record: Record, to object: inout JSONObject) {
        guard case .object(let inner) = fields.json(get(record)) else { return }
        for member in inner.members { object[member.key] = member.value }
    }
}

/// A type with an empty value, which stands for a missing one.
package protocol Blank {
    static var blank: Self { get }
}

extension String: Blank { package static var blank: String { "" } }
extension Int: Blank { package static var blank: Int { 0 } }
extension Int64: Blank { package static var blank: Int64 { 0 } }
extension Bool: Blank { package static var blank: Bool { false } }
extension Array: Blank { package static var blank: [Element] { [] } }
extension Dictionary: Blank { package static var blank: [Key: Value] { [:] } }
extension JSONValue: Blank { package static var blank: JSONValue { .null } }
