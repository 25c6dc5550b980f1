import JSON

/// The JSON types that a tool accepts for one of its arguments.
struct ArgumentKinds: Sendable {
    /// In the schema's order, each once; never empty.
    let names: [String]

    /// How deep nested choices and references are followed.
    private static let depthMax = 6
    private static let branchesMax = 100

    /// - Parameter schema: the tool's `inputSchema`.
    /// - Returns: nil when the schema doesn't say, or accepts any type.
    init?(of key: String, in schema: JSONValue) {
        guard let member = schema["properties"]?[key],
            let names = Self.names(member, root: schema, depth: Self.depthMax)
        else { return nil }
        var each: [String] = []
        for name in names where !each.contains(name) { each.append(name) }
        guard !each.isEmpty else { return nil }
        self.names = each
    }

    func have(_ value: JSONValue) -> Bool { names.contains { value.isOf(kind: $0) } }

    /// The types of a schema; for a choice, those of every branch. nil when any branch accepts any type.
    /// Sources: JSON Schema 2020-12 core §8.2.3.1, §10.2.1; validation §6.1
    private static func names(_ schema: JSONValue, root: JSONValue, depth: Int) -> [String]? {
        guard depth > 0 else { return nil }
        if let type = schema["type"] {
            return type.stringValue.map { [$0] } ?? type.arrayValue?.compactMap { $0.stringValue }
        }
        if let branches = (schema["anyOf"] ?? schema["oneOf"])?.arrayValue {
            guard branches.count <= branchesMax else { return nil }
            var all: [String] = []
            for branch in branches {
                guard let some = names(branch, root: root, depth: depth - 1) else { return nil }
                all += some
            }
            return all
        }
        if let reference = schema["$ref"]?.stringValue {
            return target(of: reference, in: root).flatMap { names($0, root: root, depth: depth - 1) }
        }
        guard let values = schema["enum"]?.arrayValue ?? schema["const"].map({ [$0] }) else { return nil }
        return values.map { $0.kind }
    }

    /// Resolves a reference of the form that schemas made by programs have: `#/$defs/NAME`.
    private static func target(of reference: String, in root: JSONValue) -> JSONValue? {
        for member in ["$defs", "definitions"] where reference.hasPrefix("#/\(member)/") {
            return root[member]?[String(reference.dropFirst(member.count + 3))]
        }
        return nil
    }
}

extension JSONValue {
    /// The value's type in JSON Schema.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// Whether the value is of a JSON Schema type. Source: JSON Schema 2020-12 validation §6.1.1
    fileprivate func isOf(kind: String) -> Bool {
        switch (kind, self) {
        case ("number", .number), ("boolean", .bool), ("null", .null), ("array", .array), ("object", .object):
            true
        case ("integer", .number): doubleValue.map { $0 == $0.rounded() } ?? false
        default: false
        }
    }
}
