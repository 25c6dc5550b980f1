import JSON

/// The arguments of an operation as a list, and what is derived from it.
struct ArgumentList<A: Arguments>: Sendable {
    let all: [any AnyArgument]

    /// - Precondition: every stored property is an argument or a group of them, and no name occurs twice.
    init() {
        all = Self.arguments(of: A())
        precondition(Set(all.map { $0.name }).count == all.count, "\(A.self) has an argument twice")
    }

    private static func arguments(of group: any Arguments) -> [any AnyArgument] {
        Mirror(reflecting: group).children.flatMap { child -> [any AnyArgument] in
            switch child.value {
            case let argument as any AnyArgument: return [argument]
            case let group as any Arguments: return arguments(of: group)
            default: preconditionFailure("\(type(of: group)).\(child.label ?? "") is not an argument")
            }
        }
    }

    /// The arguments in the path, then those in the query.
    var parameters: [Parameter] {
        all.filter { $0.place == .path }.map { .path($0.name, $0.schema, $0.summary) }
            + all.filter { $0.place == .query }.map {
                .query($0.name, $0.schema, $0.summary, isRequired: $0.isRequired)
            }
    }

    /// The schema of the body; nil when the operation takes none.
    var body: Schema? {
        let members = all.filter { $0.place == .body }.map { argument in
            Schema.Member(name: argument.name, schema: argument.schema, isRequired: argument.isRequired)
        }
        return members.isEmpty ? nil : .object(members)
    }

    func read<Caller>(_ call: APICall<Caller>) throws(Problem) -> Values<A> {
        var values: [String: any Sendable] = [:]
        for argument in all {
            let json = argument.place == .body ? call.body[argument.name] : call.parameters[argument.name]
            values[argument.name] = try argument.read(json)
        }
        return Values(values)
    }
}

/// A request's values for the arguments of an operation, as in `values.expires`.
@dynamicMemberLookup
package struct Values<A: Arguments>: Sendable {
    private let values: [String: any Sendable]
    private let arguments = A()

    init(_ values: [String: any Sendable]) { self.values = values }

    package subscript<Value>(dynamicMember argument: KeyPath<A, Argument<Value>>) -> Value {
        let name = arguments[keyPath: argument].name
        guard let value = values[name] as? Value else { preconditionFailure("\(name) has not been read") }
        return value
    }

    package subscript<Group: Arguments>(dynamicMember group: KeyPath<A, Group>) -> Values<Group> {
        Values<Group>(values)
    }

    /// Whether the request asks only what would be changed.
    var isDryRun: Bool { values[DryRun.name] as? Bool ?? false }
}
