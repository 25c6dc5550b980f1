import Bytes

/// An element of the small XML documents with which AWS's query services answer: its name without a prefix, and either
/// elements or text inside.
///
/// The reader accepts only that form: no document types, no entities except the five predefined ones and characters by
/// number, no processing instructions except the declaration, no comments, no CDATA. Text beside elements is dropped;
/// attributes are checked and dropped. Size, depth and number of elements are bounded.
/// Source: W3C, XML 1.0 (Fifth Edition)
struct XMLElement: Equatable, Sendable {
    let name: String
    private(set) var text = ""
    private(set) var children: [XMLElement] = []

    static let bytesMax = 256 << 10
    static let depthMax = 16
    static let elementsMax = 4_096

    init(parsing bytes: Span<UInt8>) throws(XMLError) {
        guard bytes.count <= Self.bytesMax else { throw XMLError("longer than \(Self.bytesMax) bytes") }
        var reader = XMLReader(at: 0)
        try reader.readDeclaration(bytes)
        reader.skipSpace(bytes)
        self = try reader.readElement(bytes, depth: 1)
        reader.skipSpace(bytes)
        guard reader.at == bytes.count else { throw XMLError("something follows the document") }
    }

    fileprivate init(name: String) { self.name = name }

    fileprivate mutating func end(text: String, children: [XMLElement]) {
        self.children = children
        self.text = children.isEmpty ? text : ""
    }

    /// The first child element with that name.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }
}

/// Why a document can't be read. Quotes nothing of it.
struct XMLError: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

private struct XMLReader {
    var at: Int
    private var count = 0

    init(at: Int) { self.at = at }

    mutating func readDeclaration(_ bytes: Span<UInt8>) throws(XMLError) {
        if bytes.count >= 3, bytes.equals(0..<3, "\u{FEFF}") { at = 3 }
        skipSpace(bytes)
        guard follows(bytes, "<?xml") else { return }
        while !follows(bytes, "?>") {
            guard at < bytes.count, at < 256 else { throw XMLError("its declaration doesn't end") }
            at += 1
        }
        at += 2
    }

    /// Reads an element and, recursively, its children, down to `depthMax`.
    mutating func readElement(_ bytes: Span<UInt8>, depth: Int) throws(XMLError) -> XMLElement {
        count += 1
        guard depth <= XMLElement.depthMax else { throw XMLError("nested too deeply") }
        guard count <= XMLElement.elementsMax else { throw XMLError("too many elements") }
        try expect(bytes, "<")
        let qualified = try readName(bytes)
        var element = XMLElement(name: qualified.split(separator: ":").last.map { String($0) } ?? qualified)
        if try !readAttributes(bytes) { return element }
        var text: [UInt8] = []
        var children: [XMLElement] = []
        while true {
            guard at < bytes.count else { throw XMLError("an element doesn't end") }
            if follows(bytes, "</") {
                at += 2
                guard try readName(bytes) == qualified else {
                    throw XMLError("an end tag has another name than its start tag")
                }
                skipSpace(bytes)
                try expect(bytes, ">")
                guard let text = String(validating: text, as: UTF8.self) else { throw XMLError("not UTF-8") }
                element.end(text: text, children: children)
                return element
            }
            if bytes[at] == UInt8(ascii: "<") {
                children.append(try readElement(bytes, depth: depth + 1))
            } else {
                try readCharacter(bytes, into: &text)
            }
        }
    }

    /// - Returns: false when the element is empty: `<a/>`.
    private mutating func readAttributes(_ bytes: Span<UInt8>) throws(XMLError) -> Bool {
        while true {
            let start = at
            skipSpace(bytes)
            if follows(bytes, "/>") {
                at += 2
                return false
            }
            if follows(bytes, ">") {
                at += 1
                return true
            }
            guard at > start else { throw XMLError("an element's name is followed by something else") }
            _ = try readName(bytes)
            skipSpace(bytes)
            try expect(bytes, "=")
            skipSpace(bytes)
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'") else {
                throw XMLError("an attribute's value isn't quoted")
            }
            let quote = bytes[at]
            at += 1
            while at < bytes.count, bytes[at] != quote {
                guard bytes[at] != UInt8(ascii: "<") else { throw XMLError("an attribute holds a <") }
                at += 1
            }
            guard at < bytes.count else { throw XMLError("an attribute doesn't end") }
            at += 1
        }
    }

    private mutating func readName(_ bytes: Span<UInt8>) throws(XMLError) -> String {
        let start = at
        while at < bytes.count, isNameByte(bytes[at], isFirst: at == start) { at += 1 }
        guard at > start, at - start <= 256 else { throw XMLError("a name is missing") }
        return bytes.text(start..<at)
    }

    /// Whether the byte is an ASCII letter or digit or one of `_:.-`, which are the characters in AWS's names.
    private func isNameByte(_ byte: UInt8, isFirst: Bool) -> Bool {
        if isLowerOrDigit(byte) || isUpper(byte) { return !(isFirst && isDigit(byte)) }
        return byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
            || !isFirst && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-"))
    }

    private mutating func readCharacter(_ bytes: Span<UInt8>, into text: inout [UInt8]) throws(XMLError) {
        guard bytes[at] == UInt8(ascii: "&") else {
            let byte = bytes[at]
            guard byte >= 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else {
                throw XMLError("a control character")
            }
            text.append(byte)
            at += 1
            return
        }
        let start = at + 1
        var end = start
        while end < bytes.count, end - start <= 8, bytes[end] != UInt8(ascii: ";") { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: ";") else {
            throw XMLError("an entity doesn't end")
        }
        guard let scalar = Self.entity(bytes.text(start..<end)) else { throw XMLError("an unknown entity") }
        text.append(contentsOf: String(scalar).utf8)
        at = end + 1
    }

    private static func entity(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let number =
            digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
        guard let number, number >= 0x20 || [0x09, 0x0A, 0x0D].contains(number), !digits.contains("+") else {
            return nil
        }
        return Unicode.Scalar(number)
    }

    mutating func skipSpace(_ bytes: Span<UInt8>) {
        while at < bytes.count,
            bytes[at] == 0x20 || bytes[at] == 0x09 || bytes[at] == 0x0A || bytes[at] == 0x0D
        {
            at += 1
        }
    }

    private mutating func expect(_ bytes: Span<UInt8>, _ literal: StaticString) throws(XMLError) {
        guard follows(bytes, literal) else { throw XMLError("\(literal) is missing") }
        at += literal.utf8CodeUnitCount
    }

    private func follows(_ bytes: Span<UInt8>, _ literal: StaticString) -> Bool {
        let end = at + literal.utf8CodeUnitCount
        return end <= bytes.count && bytes.equals(at..<end, literal)
    }
}
