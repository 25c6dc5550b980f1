package import JSON

extension Schema {
    /// The schema in the form of the OpenAPI document.
    ///
    /// `isClosed` forbids members that aren't named: true for requests, false for answers, which may gain members in
    /// later versions.
    /// Source: OpenAPI 3.1 §4.8.24, JSON Schema 2020-12
    package func openAPI(isClosed: Bool) -> JSONValue {
        var members = JSONObject()
        switch shape {
        case .any: break
        case .boolean: members["type"] = type("boolean")
        case .integer(let range):
            members["type"] = type("integer")
            members["minimum"] = .int(range.lowerBound)
            members["maximum"] = .int(range.upperBound)
        case .string(let lengths, let pattern):
            members["type"] = type("string")
            if lengths.lowerBound > 0 { members["minLength"] = .int(lengths.lowerBound) }
            members["maxLength"] = .int(lengths.upperBound)
            if let pattern { members["pattern"] = .string(pattern) }
        case .oneOf(let words):
            members["type"] = type("string")
            members["enum"] = .array(words.map { .string($0) } + (isNullable ? [.null] : []))
        case .array(let element, let countMax):
            members["type"] = type("array")
            members["items"] = element.openAPI(isClosed: isClosed)
            members["maxItems"] = .int(countMax)
        case .map(let value, let countMax):
            members["type"] = type("object")
            members["additionalProperties"] = value.openAPI(isClosed: isClosed)
            members["maxProperties"] = .int(countMax)
        case .object(let list):
            members["type"] = type("object")
            members["properties"] = .object(
                JSONObject(list.map { ($0.name, $0.schema.openAPI(isClosed: isClosed)) })
            )
            let required = list.filter { $0.isRequired }.map { JSONValue.string($0.name) }
            if !required.isEmpty { members["required"] = .array(required) }
            if isClosed { members["additionalProperties"] = false }
        case .reference(let name):
            let reference: JSONValue = ["$ref": .string("#/components/schemas/\(name)")]
            if !isNullable { return reference }
            members["anyOf"] = [reference, ["type": "null"]]
        }
        if let summary { members["description"] = .string(summary) }
        return .object(members)
    }

    private func type(_ name: String) -> JSONValue {
        isNullable ? [.string(name), "null"] : .string(name)
    }
}
