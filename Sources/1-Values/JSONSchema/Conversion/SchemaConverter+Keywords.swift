import JSON
import Text

extension SchemaConverter {
    /// Converts one schema with all schemas inside it. The depth is bounded by the parser.
    mutating func convert(
        _ schema: JSONValue,
        at pointer: String,
        isRoot: Bool
    ) throws(SchemaConversionFault) -> JSONValue {
        guard case .object(let object) = schema else {
            if schema.boolValue != nil { return schema }
            throw SchemaConversionFault(
                "\(Self.shown(pointer)) is not a schema: it is neither an object nor true nor false"
            )
        }
        // Keywords beside a reference have no effect; only the description is kept, for people.
        if let text = object["$ref"]?.stringValue {
            var out = JSONObject([("$ref", .string(try reference(text)))])
            if let words = object["description"]?.stringValue { out["description"] = .string(words) }
            return Self.isNullable(object) ? ["anyOf": [.object(out), ["type": "null"]]] : .object(out)
        }
        var out = JSONObject()
        for member in object.members { try convert(member, of: object, at: pointer, &out) }
        try addRequired(object, at: pointer, &out)
        if isRoot {
            out["type"] = "object"
        } else if Self.isNullable(object) {
            out = Self.nullable(out)
        }
        return .object(out)
    }

    private mutating func convert(
        _ member: JSONObject.Member,
        of object: JSONObject,
        at pointer: String,
        _ out: inout JSONObject
    ) throws(SchemaConversionFault) {
        let (key, value) = (member.key, member.value)
        let inside = "\(pointer)/\(JSONPointer.escaped(key))"
        switch key {
        // Every reference is rewritten, so nothing needs these; `required` is put together from two places.
        case "$schema", "id", "$id", "$anchor", "$dynamicAnchor", "definitions", "$defs", "components",
            "required",
            "nullable", "discriminator", "xml", "externalDocs", "$comment":
            return
        case "title", "description":
            if value.stringValue != nil { out[key] = value }
        case "type": convertType(value, &out)
        case "minimum", "maximum": convertLimit(member, of: object, &out)
        case "exclusiveMinimum", "exclusiveMaximum":
            if value.boolValue == nil { out[key] = value }
        case "example": if out["examples"] == nil { out["examples"] = [value] }
        case "examples": if value.arrayValue != nil { out["examples"] = value }
        case "pattern": convertPattern(value, at: inside, &out)
        case "patternProperties":
            var patterns = JSONObject()
            for (name, schema) in try convertMap(value, at: inside) where isPattern(name, at: inside) {
                patterns[name] = schema
            }
            out[key] = .object(patterns)
        case "properties": out[key] = .object(JSONObject(try convertMap(value, at: inside)))
        case "dependentSchemas": out[key] = .object(JSONObject(try convertMap(value, at: inside)))
        case "dependencies": try convertDependencies(value, at: inside, &out)
        case "items": try convertItems(value, of: object, at: inside, &out)
        // Without an array of items it has no effect.
        case "additionalItems": return
        case "allOf", "anyOf", "oneOf", "prefixItems":
            guard let elements = value.arrayValue else { throw fault(inside, "must be an array") }
            // Later drafts require at least one, and an empty list has no effect.
            if !elements.isEmpty { out[key] = .array(try convertList(elements, at: inside)) }
        case "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else",
            "unevaluatedItems",
            "unevaluatedProperties", "contentSchema":
            out[key] = try convert(value, at: inside, isRoot: false)
        case "$dynamicRef", "$recursiveRef", "$recursiveAnchor":
            throw fault(inside, "is a keyword that schemas of this kind don't have")
        default:
            // An extension only means something to its inventor, and `x-mcp-header` to clients.
            if !key.hasPrefix("x-") { out[key] = value }
        }
    }

    // MARK: Keywords

    private mutating func convertType(_ value: JSONValue, _ out: inout JSONObject) {
        // Draft 3's word for any value.
        if value.stringValue == "any" { return }
        if let words = value.arrayValue {
            // Draft 3 allowed schemas here; later drafts don't allow an empty list.
            guard !words.isEmpty, !words.contains("any") else { return }
        }
        out["type"] = value
    }

    /// Draft 4 writes `"minimum": 5, "exclusiveMinimum": true`, later drafts write `"exclusiveMinimum": 5`.
    private func convertLimit(_ member: JSONObject.Member, of object: JSONObject, _ out: inout JSONObject) {
        let exclusive = member.key == "minimum" ? "exclusiveMinimum" : "exclusiveMaximum"
        out[object[exclusive]?.boolValue == true ? exclusive : member.key] = member.value
    }

    private mutating func convertPattern(_ value: JSONValue, at pointer: String, _ out: inout JSONObject) {
        guard let text = value.stringValue else {
            out["pattern"] = value
            return
        }
        if isPattern(text, at: pointer) { out["pattern"] = value }
    }

    /// Whether clients can compile the pattern; if not, notes that it is left out.
    private mutating func isPattern(_ text: String, at pointer: String) -> Bool {
        do throws(PatternFault) {
            try ECMAScriptPattern.check(text)
            return true
        } catch {
            note("\(Self.shown(pointer)) was left out: \(quoted(text)) is not an ECMAScript pattern")
            return false
        }
    }

    private mutating func convertMap(
        _ value: JSONValue,
        at pointer: String
    ) throws(SchemaConversionFault) -> [(String, JSONValue)] {
        guard let object = value.objectValue else { throw fault(pointer, "must be an object") }
        var out: [(String, JSONValue)] = []
        for member in object.members {
            let inside = "\(pointer)/\(JSONPointer.escaped(member.key))"
            out.append((member.key, try convert(member.value, at: inside, isRoot: false)))
        }
        return out
    }

    private mutating func convertList(
        _ elements: [JSONValue],
        at pointer: String
    ) throws(SchemaConversionFault) -> [JSONValue] {
        var out: [JSONValue] = []
        for (index, element) in elements.enumerated() {
            out.append(try convert(element, at: "\(pointer)/\(index)", isRoot: false))
        }
        return out
    }

    private mutating func convertDependencies(
        _ value: JSONValue,
        at pointer: String,
        _ out: inout JSONObject
    ) throws(SchemaConversionFault) {
        guard let object = value.objectValue else { throw fault(pointer, "must be an object") }
        var names = JSONObject()
        var schemas = JSONObject()
        for member in object.members {
            if member.value.arrayValue != nil {
                names[member.key] = member.value
            } else if member.value.stringValue != nil {
                names[member.key] = [member.value]  // draft 3
            } else {
                let inside = "\(pointer)/\(JSONPointer.escaped(member.key))"
                schemas[member.key] = try convert(member.value, at: inside, isRoot: false)
            }
        }
        if !names.isEmpty { out["dependentRequired"] = .object(names) }
        if !schemas.isEmpty { out["dependentSchemas"] = .object(schemas) }
    }

    /// Renames an array of items to `prefixItems`, and then `additionalItems` to `items`.
    private mutating func convertItems(
        _ value: JSONValue,
        of object: JSONObject,
        at pointer: String,
        _ out: inout JSONObject
    ) throws(SchemaConversionFault) {
        guard let elements = value.arrayValue else {
            out["items"] = try convert(value, at: pointer, isRoot: false)
            return
        }
        if !elements.isEmpty { out["prefixItems"] = .array(try convertList(elements, at: pointer)) }
        if let rest = object["additionalItems"] {
            let place = JSONPointer.tokens(pointer).dropLast().reduce("") {
                "\($0)/\(JSONPointer.escaped($1))"
            }
            out["items"] = try convert(rest, at: "\(place)/additionalItems", isRoot: false)
        }
    }

    /// Reads draft 4's array of names, and draft 3's `"required": true` of each property.
    private mutating func addRequired(
        _ object: JSONObject,
        at pointer: String,
        _ out: inout JSONObject
    ) throws(SchemaConversionFault) {
        var names: [String] = []
        var known: Set<[UInt8]> = []
        switch object["required"] {
        case .array(let elements)?:
            for element in elements {
                guard let name = element.stringValue else {
                    throw fault("\(pointer)/required", "must be an array of names")
                }
                if known.insert(Array(name.utf8)).inserted { names.append(name) }
            }
        case nil, .bool?, .null?: break
        default: throw fault("\(pointer)/required", "must be an array of names")
        }
        for member in object["properties"]?.objectValue?.members ?? []
        where member.value["required"]?.boolValue == true {
            if known.insert(Array(member.key.utf8)).inserted { names.append(member.key) }
        }
        if !names.isEmpty { out["required"] = .texts(names) }
    }

    // MARK: OpenAPI's null

    private static func isNullable(_ object: JSONObject) -> Bool { object["nullable"]?.boolValue == true }

    /// Source: "Upgrade from OpenAPI 3.0 to 3.1", OpenAPI Initiative: `nullable` became the type `null`
    private static func nullable(_ schema: JSONObject) -> JSONObject {
        guard let type = schema["type"] else {
            // Without a type, `nullable` has no effect, or the parts would have to be changed.
            return schema.members.contains { ["allOf", "anyOf", "oneOf", "enum"].contains($0.key) }
                ? JSONObject([("anyOf", [.object(schema), ["type": "null"]])]) : schema
        }
        var out = schema
        let words = type.arrayValue ?? [type]
        if !words.contains("null") { out["type"] = .array(words + ["null"]) }
        if let choices = out["enum"]?.arrayValue, !choices.contains(.null) {
            out["enum"] = .array(choices + [.null])
        }
        return out
    }

    // MARK: Faults

    private func fault(_ pointer: String, _ reason: String) -> SchemaConversionFault {
        SchemaConversionFault("\(Self.shown(pointer)) \(reason)")
    }

    private static func shown(_ pointer: String) -> String {
        let path = JSONPointer.tokens(pointer).joined(separator: ".")
        return path.isEmpty ? "the root" : quoted(path, scalarsMax: 200)
    }
}
