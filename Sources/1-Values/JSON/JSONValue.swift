package import Bytes

/// A JSON value as a tree, for cold paths: configuration answers, tool files, tests.
///
/// Members keep their order and numbers their spelling, so parsing and writing changes white space and
/// escapes alone.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// The number as it is spelled.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var arrayValue: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    package var objectValue: JSONObject? { if case .object(let object) = self { object } else { nil } }

    /// The number, when it is integral (`3`, `3.0`, `3e2`) and fits.
    package var intValue: Int? {
        guard case .number(let spelling) = self else { return nil }
        return JSON.int(spelling.utf8.span, at: 0..<spelling.utf8.count)
    }

    /// The number as the nearest `Double`.
    package var doubleValue: Double? {
        if case .number(let spelling) = self { Double(spelling) } else { nil }
    }

    package var isNull: Bool { if case .null = self { true } else { false } }

    /// The object's member of that name; nil when there is none, or the value isn't an object.
    package subscript(key: String) -> JSONValue? { objectValue?[key] }

    /// The array's element; nil when there is none, or the value isn't an array.
    package subscript(index: Int) -> JSONValue? {
        guard let elements = arrayValue, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

/// Strings compare by their bytes, numbers by their spelling, objects in any order.
extension JSONValue: Equatable {
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.string(let one), .string(let other)): one.utf8.elementsEqual(other.utf8)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        default: false
        }
    }
}

/// Parsing.
extension JSONValue {
    /// Parses one whole document.
    /// - Throws: the first fault; also `.duplicateKey`, as a tree can't hold both.
    package init(parsing bytes: Span<UInt8>, depthMax: Int = JSON.depthMax) throws(JSONError) {
        let value = try JSON.validate(bytes, depthMax: depthMax)
        var at = value.lowerBound
        self = try JSONValue.read(bytes, &at, value.upperBound)
    }

    /// Parses the document in `range`, as above.
    package init(parsing bytes: Span<UInt8>, in range: Range<Int>) throws(JSONError) {
        let value = try JSON.validate(bytes, in: range)
        var at = value.lowerBound
        self = try JSONValue.read(bytes, &at, value.upperBound)
    }

    /// Parses one whole document, as above.
    package init(parsing text: String) throws(JSONError) {
        self = try JSONValue(parsing: text.utf8.span)
    }

    /// Reads the validated value at `at`. The validation bounded the depth of this recursion.
    private static func read(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) throws(JSONError) -> JSONValue
    {
        switch JSON.kind(bytes, at: at..<end) {
        case .object: return try readObject(bytes, &at, end)
        case .array: return try readArray(bytes, &at, end)
        case let kind:
            let start = at
            try JSON.skipValue(bytes, at: &at, end: end)
            switch kind {
            case .string: return .string(JSON.string(bytes, at: start..<at) ?? "")
            case .true: return .bool(true)
            case .false: return .bool(false)
            case .null: return .null
            default: return .number(bytes.text(start..<at))
            }
        }
    }

    private static func readObject(
        _ bytes: Span<UInt8>,
        _ at: inout Int,
        _ end: Int
    ) throws(JSONError) -> JSONValue {
        var object = JSONObject()
        var walk = try JSONObjectWalk(bytes, at: at, end: end)
        while let name = try walk.next(bytes) {
            let key = name.text(in: bytes)
            var position = walk.position
            let value = try read(bytes, &position, end)
            walk.resume(at: position)
            let countBefore = object.count
            object[key] = value
            guard object.count > countBefore else {
                throw JSONError(.duplicateKey, at: name.range.lowerBound)
            }
        }
        at = walk.position
        return .object(object)
    }

    private static func readArray(
        _ bytes: Span<UInt8>,
        _ at: inout Int,
        _ end: Int
    ) throws(JSONError) -> JSONValue {
        var elements: [JSONValue] = []
        at += 1
        JSON.skipSpace(bytes, &at, end)
        while at < end, bytes[at] != UInt8(ascii: "]") {
            elements.append(try read(bytes, &at, end))
            JSON.skipSpace(bytes, &at, end)
            if at < end, bytes[at] == UInt8(ascii: ",") {
                at += 1
                JSON.skipSpace(bytes, &at, end)
            }
        }
        at += 1
        return .array(elements)
    }
}

/// Writing.
extension JSONValue {
    /// Appends the value without white space, members in their order.
    package func write(to out: inout ByteBuffer) { write(to: &out, sorted: false) }

    /// The value without white space, members in their order.
    package var text: String {
        var out = ByteBuffer()
        write(to: &out)
        return out.text
    }

    /// The value without white space and with members sorted by the bytes of their names: for hashing.
    ///
    /// Documents that differ only in white space, escapes or the order of members give the same bytes.
    /// Numbers keep their spelling, so `1` and `1.0` stay apart.
    package func canonical() -> ByteBuffer {
        var out = ByteBuffer()
        write(to: &out, sorted: true)
        return out
    }

    private func write(to out: inout ByteBuffer, sorted: Bool) {
        switch self {
        case .null: out.append("null")
        case .bool(let value): out.append(value ? "true" : "false")
        case .number(let spelling): out.append(spelling)
        case .string(let text): JSON.appendString(text, to: &out)
        case .array(let elements):
            out.append("[")
            for element in elements {
                JSON.appendSeparator(to: &out)
                element.write(to: &out, sorted: sorted)
            }
            out.append("]")
        case .object(let object):
            var members = object.members
            if sorted { members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }
            out.append("{")
            for member in members {
                JSON.appendSeparator(to: &out)
                JSON.appendString(member.key, to: &out)
                out.append(":")
                member.value.write(to: &out, sorted: sorted)
            }
            out.append("}")
        }
    }
}
