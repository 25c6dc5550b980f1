import CTOML

/// A parsed TOML 1.0 document.
///
/// Bounds: `bytesMax` of text, 32 nested values, 16 parts in a dotted key, `valuesMax` values. One pass, no
/// I/O.
/// Source: https://toml.io/en/v1.0.0
package struct TOMLDocument: Sendable, Equatable {
    package static let bytesMax = 1 << 20
    package static let valuesMax = 100_000

    package let root: TOMLTable

    /// - Throws: `TOMLError` at the first syntax fault, repeated key or exceeded bound.
    package init(parsing bytes: [UInt8]) throws(TOMLError) {
        guard bytes.count <= Self.bytesMax else {
            throw TOMLError(
                location: TOMLLocation(line: 1, column: 1),
                message: "\(bytes.count) bytes are more than the \(Self.bytesMax) that a file may have"
            )
        }
        try refuseLongKeys(bytes.span)
        var document = bytes.withUnsafeBytes { buffer in
            let empty: StaticString = ""
            let start = buffer.baseAddress ?? UnsafeRawPointer(empty.utf8Start)
            return shim_toml_parse(start.assumingMemoryBound(to: CChar.self), buffer.count, Self.valuesMax)
        }
        defer { shim_toml_free(&document) }
        if let message = text(document.message, document.message_count) {
            let location = TOMLLocation(line: Int(document.line), column: Int(document.column))
            throw TOMLError(location: location, message: sentence(message))
        }
        var reader = NodeReader(nodes: UnsafeBufferPointer(start: document.nodes, count: document.count))
        guard case .table(let root)? = reader.value(at: "")?.value.content else {
            throw TOMLError(
                location: TOMLLocation(line: 0, column: 0),
                message: "the parser returned no table"
            )
        }
        self.root = root
    }

    package init(parsing text: String) throws(TOMLError) {
        try self.init(parsing: Array(text.utf8))
    }
}

/// Rebuilds the tree from the shim's pre-order list. Recursion is as deep as the document, which the shim
/// bounds.
private struct NodeReader {
    let nodes: UnsafeBufferPointer<shim_toml_node>
    var next = 0

    /// The value at `next` and all below it, as a member of the table or array at `parent`.
    mutating func value(at path: String) -> TOMLTable.Member? {
        guard next < nodes.count else { return nil }
        let node = nodes[next]
        next += 1
        let content: TOMLValue.Content
        switch node.kind {
        case SHIM_TOML_TABLE.rawValue: content = .table(table(node, at: path))
        case SHIM_TOML_ARRAY.rawValue: content = .array(array(node, at: path))
        case SHIM_TOML_STRING.rawValue: content = .string(text(node.text, node.text_count) ?? "")
        case SHIM_TOML_INTEGER.rawValue: content = .integer(node.integer)
        case SHIM_TOML_FLOAT.rawValue: content = .float(node.number)
        case SHIM_TOML_BOOLEAN.rawValue: content = .boolean(node.integer != 0)
        default: content = .dateTime(text(node.text, node.text_count) ?? "")
        }
        let location = TOMLLocation(line: Int(node.line), column: Int(node.column))
        return TOMLTable.Member(
            key: text(node.key, node.key_count) ?? "",
            location: TOMLLocation(line: Int(node.key_line), column: Int(node.key_column)),
            value: TOMLValue(content: content, path: path, location: location)
        )
    }

    /// toml++ sorts members by name; here they come back in the order of the document.
    private mutating func table(_ node: shim_toml_node, at path: String) -> TOMLTable {
        var members: [TOMLTable.Member] = []
        for _ in 0..<node.children where next < nodes.count {
            let key = text(nodes[next].key, nodes[next].key_count) ?? ""
            let name = isBare(key) ? key : "\"\(key)\""
            guard let member = value(at: path.isEmpty ? name : "\(path).\(name)") else { break }
            members.append(member)
        }
        members.sort { first, second in
            (first.location.line, first.location.column) < (second.location.line, second.location.column)
        }
        return TOMLTable(members: members)
    }

    private mutating func array(_ node: shim_toml_node, at path: String) -> [TOMLValue] {
        var elements: [TOMLValue] = []
        for index in 0..<node.children {
            guard let element = value(at: "\(path)[\(index)]") else { break }
            elements.append(element.value)
        }
        return elements
    }

    private func isBare(_ key: String) -> Bool {
        !key.isEmpty
            && key.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte &- 48 < 10
                    || (byte | 32) &- 97 < 26
            }
    }
}

private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String? {
    guard let start else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
}

/// The library begins its messages with a capital letter; ours follow a place and a colon.
private func sentence(_ message: String) -> String {
    message.prefix(1).lowercased() + message.dropFirst()
}
