import JSON
import Text

/// Rewrites one schema of a document, and the schemas that it refers to, for `SchemaConversion`.
///
/// Schemas that are referred to go into `$defs`, each once and under a plain name; the rest of the document is dropped.
struct SchemaConverter {
    private let document: JSONValue
    /// Pointers of schemas with an `id`, by that id, for references that use it.
    private let ids: [String: String]
    private(set) var notes: [String] = []

    /// Names in `$defs`, by the pointer of the schema; the root's is empty.
    private var names: [String: String] = [:]
    private var taken: Set<String> = []
    /// Schemas that are referred to and still to be converted.
    private var waiting: [(pointer: String, value: JSONValue)] = []
    private var root = JSONObject()
    private var definitions: [(String, JSONValue)] = []

    static let definitionsMax = 2_000

    init(_ document: JSONValue) {
        self.document = document
        var ids: [String: String] = [:]
        Self.collectIDs(document, at: "", &ids)
        self.ids = ids
    }

    mutating func note(_ text: String) {
        if notes.count < SchemaConversion.notesMax { notes.append(text) }
    }

    /// - Parameter pointer: the pointer of the schema that becomes the root.
    mutating func convert(rootAt pointer: String) throws(SchemaConversionFault) {
        guard let found = value(at: pointer) else {
            throw SchemaConversionFault("it has no schema at \(quoted(pointer))")
        }
        let start = try end(of: (pointer, found))
        guard case .object(let source) = start.value else {
            throw SchemaConversionFault("the schema at its root is not an object")
        }
        names[start.pointer] = ""
        try checkRoot(source)
        guard case .object(let converted) = try convert(start.value, at: start.pointer, isRoot: true) else {
            throw SchemaConversionFault("the schema at its root is not an object")
        }
        root = converted
        while let next = waiting.popLast() {
            guard definitions.count < Self.definitionsMax else {
                throw SchemaConversionFault("it refers to more than \(Self.definitionsMax) schemas")
            }
            let name = names[next.pointer] ?? ""
            definitions.append((name, try convert(next.value, at: next.pointer, isRoot: false)))
        }
    }

    /// The whole schema, with `type` in front.
    func finish() -> JSONValue {
        var whole = JSONObject([("type", "object")])
        for member in root.members where member.key != "type" { whole[member.key] = member.value }
        if !definitions.isEmpty {
            whole["$defs"] = .object(
                JSONObject(definitions.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) })
            )
        }
        return .object(whole)
    }

    // MARK: The root

    /// Arguments are always an object: a schema that no object fits makes a tool that can't be called.
    private func checkRoot(_ source: JSONObject) throws(SchemaConversionFault) {
        var steps = 0
        guard canBeObject(.object(source), &steps) else {
            throw SchemaConversionFault("it describes something other than an object, as arguments must be")
        }
    }

    private func canBeObject(_ schema: JSONValue, _ steps: inout Int) -> Bool {
        steps += 1
        guard steps < 200, case .object(let object) = schema else { return schema != .bool(false) }
        if let text = object["$ref"]?.stringValue {
            return target(of: text).map { canBeObject($0.value, &steps) } ?? true
        }
        if let type = object["type"] {
            let words = (type.arrayValue ?? [type]).compactMap { $0.stringValue }
            guard words.isEmpty || words.contains("object") || words.contains("any") else { return false }
        }
        if let choices = object["enum"]?.arrayValue, !choices.contains(where: { $0.objectValue != nil }) {
            return false
        }
        if let const = object["const"], const.objectValue == nil { return false }
        for part in object["allOf"]?.arrayValue ?? [] where !canBeObject(part, &steps) { return false }
        for word in ["anyOf", "oneOf"] {
            guard let parts = object[word]?.arrayValue, !parts.isEmpty else { continue }
            var fits = false
            for part in parts where canBeObject(part, &steps) { fits = true }
            guard fits else { return false }
        }
        return true
    }

    // MARK: References

    /// The `$ref` that stands for `text` in the result.
    /// - Throws: when it leads nowhere, out of the document, or in a circle.
    mutating func reference(_ text: String) throws(SchemaConversionFault) -> String {
        guard let found = target(of: text) else {
            let place = URIReference(text)
            throw SchemaConversionFault(
                place.isFragmentAlone || text == "#"
                    ? "the reference \(quoted(text)) leads nowhere"
                    : "it refers to another document, \(quoted(text)), and nothing is fetched"
            )
        }
        let last = try end(of: found)
        if let name = names[last.pointer] { return name.isEmpty ? "#" : "#/$defs/\(name)" }
        let name = freeName(for: last.pointer)
        names[last.pointer] = name
        waiting.append(last)
        return "#/$defs/\(name)"
    }

    /// The schema at the end of a chain of references.
    private func end(
        of place: (pointer: String, value: JSONValue)
    ) throws(SchemaConversionFault) -> (pointer: String, value: JSONValue) {
        var place = place
        var seen: Set<String> = []
        while let text = place.value["$ref"]?.stringValue {
            guard seen.insert(place.pointer).inserted else {
                throw SchemaConversionFault("the reference \(quoted(text)) leads back to itself")
            }
            guard let next = target(of: text) else {
                throw SchemaConversionFault("the reference \(quoted(text)) leads nowhere in this document")
            }
            place = next
        }
        return place
    }

    private func target(of text: String) -> (pointer: String, value: JSONValue)? {
        let uri = URIReference(text)
        let fragment = uri.fragment ?? ""
        if text.isEmpty || text.utf8.first == UInt8(ascii: "#") {
            if fragment.isEmpty || fragment.utf8.first == UInt8(ascii: "/") { return place(fragment) }
            return ids["#\(fragment)"].flatMap { place($0) }
        }
        if let whole = ids[text] { return place(whole) }
        guard let base = ids[uri.withoutFragment.text] ?? ids[uri.withoutFragment.text + "#"] else {
            return nil
        }
        return fragment.isEmpty || fragment.utf8.first == UInt8(ascii: "/")
            ? place(base + fragment) : ids["#\(fragment)"].flatMap { place($0) }
    }

    /// The schema at a pointer, with the pointer in one spelling, so that each schema gets one name.
    private func place(_ pointer: String) -> (pointer: String, value: JSONValue)? {
        guard let value = value(at: pointer) else { return nil }
        return (JSONPointer.tokens(pointer).reduce("") { "\($0)/\(JSONPointer.escaped($1))" }, value)
    }

    private func value(at pointer: String) -> JSONValue? {
        var value = document
        for token in JSONPointer.tokens(pointer) {
            switch value {
            case .object(let object):
                guard let member = object[token] else { return nil }
                value = member
            case .array(let elements):
                guard let index = JSONPointer.index(token), index < elements.count else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    private mutating func freeName(for pointer: String) -> String {
        let last = JSONPointer.tokens(pointer).last ?? ""
        let plain = String(
            last.utf8.prefix(64).map { byte -> Character in
                let isPlain =
                    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                return isPlain ? Character(Unicode.Scalar(byte)) : "_"
            }
        )
        let start = plain.isEmpty ? "schema" : plain
        var name = start
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(start)_\(number)"
            number += 1
        }
        return name
    }

    /// Collects ids and anchors. The depth is bounded by the parser.
    private static func collectIDs(_ value: JSONValue, at pointer: String, _ ids: inout [String: String]) {
        switch value {
        case .object(let object):
            for word in ["id", "$id"] {
                if let text = object[word]?.stringValue, !text.isEmpty, ids[text] == nil {
                    ids[text] = pointer
                }
            }
            if let anchor = object["$anchor"]?.stringValue, ids["#\(anchor)"] == nil {
                ids["#\(anchor)"] = pointer
            }
            for member in object.members {
                collectIDs(member.value, at: "\(pointer)/\(JSONPointer.escaped(member.key))", &ids)
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                collectIDs(element, at: "\(pointer)/\(index)", &ids)
            }
        default: break
        }
    }
}
