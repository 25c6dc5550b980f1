import HTTP
import JSON

/// Where an operation is, and where in a request each of its arguments stands.
struct OperationPlace: Sendable {
    let method: Method
    /// Below the API's root, e.g. `/tenants/{tenant}`.
    let template: String
    let arguments: [any AnyArgument]

    /// - Parameter values: by the names of the arguments.
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
