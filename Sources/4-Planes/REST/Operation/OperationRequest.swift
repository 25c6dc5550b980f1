package import JSON

/// A request to an operation before it is sent, filled in by the names of its arguments:
/// `request.tenant = .string("acme")`.
@dynamicMemberLookup
package struct OperationRequest<A: Arguments, Output: Form>: Sendable {
    private let place: OperationPlace
    private let arguments = A()
    private var values: [String: JSONValue] = [:]
    package var ifMatch: String?

    init(_ place: OperationPlace) { self.place = place }

    /// The value of an argument; nil for none.
    package subscript<Value>(dynamicMember argument: KeyPath<A, Argument<Value>>) -> JSONValue? {
        get { values[arguments[keyPath: argument].name] }
        set { values[arguments[keyPath: argument].name] = newValue }
    }

    package subscript<Group: Arguments, Value>(
        _ group: KeyPath<A, Group>,
        _ argument: KeyPath<Group, Argument<Value>>
    ) -> JSONValue? {
        get { values[arguments[keyPath: group][keyPath: argument].name] }
        set { values[arguments[keyPath: group][keyPath: argument].name] = newValue }
    }

    package var request: APIRequest {
        var request = place.request(values)
        request.ifMatch = ifMatch
        return request
    }
}

extension Operation {
    /// A request to this operation without any values.
    package var request: OperationRequest<A, Output> { OperationRequest(place) }

    /// A request to this operation with the values that `fill` sets.
    package func request(
        _ fill: (inout OperationRequest<A, Output>) -> Void
    ) -> OperationRequest<A, Output> {
        var request = request
        fill(&request)
        return request
    }
}
