import HTTP
import JSON

/// The method and path of an operation, and the places of its arguments in a request.
struct OperationPlace: Sendable {
    let method: Method
    /// The path below the API's root, e.g. `/tenants/{tenant}`.
    let template: String
    let arguments: [any AnyArgument]

    /// The request with these values.
    /// - Parameter values: [argument's name] → its value.
    func request(_ values: [String: JSONValue]) -> APIRequest {
        var query: [APIRequest.QueryItem] = []
        var body: JSONObject? = arguments.contains { $0.place == .body } ? JSONObject() : nil
        var path: [String: String] = [:]
        for argument in arguments {
            guard let value = values[argument.name] else { continue }
            switch argument.place {
            case .path: path[argument.name] = value.stringValue ?? value.text
            case .query: query.append(.init(argument.name, value.stringValue ?? value.text))
            case .body: body?[argument.name] = value
            }
        }
        let segments = template.split(separator: "/").map { segment in
            segment.hasPrefix("{") ? path[String(segment.dropFirst().dropLast())] ?? "" : String(segment)
        }
        return APIRequest(method, segments, query: query, body: body.map { .object($0) })
    }
}
