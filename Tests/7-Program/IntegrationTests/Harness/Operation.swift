import JSON

/// One operation of an API, from the description that a running gateway gives: for tests that cover every route.
struct Operation: Sendable {
    let method: String
    /// The path below the API's root.
    let template: String
    /// Whether a caller needs the right to change things.
    let isChange: Bool
    let hasBody: Bool
    /// The names of the values in the path.
    let names: [String]

    /// All operations, in the description's order.
    static func all(_ description: JSONValue) -> [Operation] {
        (description["paths"]?.objectValue?.members ?? []).flatMap { path in
            (path.value.objectValue?.members ?? []).map { operation in
                let parameters = operation.value["parameters"]?.arrayValue ?? []
                return Operation(
                    method: operation.key.uppercased(),
                    template: path.key,
                    isChange: operation.value["responses"]?["403"] != nil,
                    hasBody: operation.value["requestBody"] != nil,
                    names: parameters.filter { $0["in"] == "path" }.compactMap { $0["name"]?.stringValue }
                )
            }
        }
    }

    /// The path with a value in the place of each name.
    func path(_ value: (String) -> String) -> String {
        names.reduce(template) { $0.replacing("{\($1)}", with: APIClient.encoded(value($1))) }
    }

    /// Sends a request for the operation, with an empty object if it takes a body.
    func send(by client: APIClient, _ value: (String) -> String) async throws -> APIClient.Answer {
        try await client.send(method, path(value), hasBody ? "{}" : "")
    }
}
