import JSON
import System

/// A tool's arguments as words of a command line: a document, and single members that override its own.
struct CallArguments: Sendable {
    private enum Document: Sendable { case text(String), file(String), input }

    private enum Member: Sendable {
        /// `key=value`: a text, unless the tool's schema asks for another type.
        case text(String)
        /// `key:=json`.
        case json(JSONValue)
    }

    static let bytesMax = 64 << 20

    private var document: Document?
    private var members: [(key: String, member: Member)] = []

    /// - Throws: `UsageError` for a word that is neither a document nor a member.
    init(_ words: [String]) throws(UsageError) {
        for (index, word) in words.enumerated() {
            if let found = try Self.document(word) {
                guard index == 0 else {
                    throw UsageError("give at most one document, before every key=value")
                }
                document = found
            } else {
                let (key, member) = try Self.member(word)
                guard !members.contains(where: { $0.key == key }) else {
                    throw UsageError("\(quoted(key)) is given twice")
                }
                members.append((key, member))
            }
        }
    }

    private static func document(_ word: String) throws(UsageError) -> Document? {
        if word == "-" { return .input }
        if word.hasPrefix("@") { return .file(String(word.dropFirst())) }
        let start = word.drop { $0.isWhitespace }
        guard start.hasPrefix("{") || start.hasPrefix("[") else { return nil }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: word) } catch {
            throw UsageError("<arguments> are not JSON: \(error.description)")
        }
        guard value.objectValue != nil else {
            throw UsageError("<arguments> must be a JSON object, such as '{\"timezone\":\"UTC\"}'")
        }
        return .text(word)
    }

    private static func member(_ word: String) throws(UsageError) -> (String, Member) {
        guard !isSecret(word) else {
            throw UsageError("unexpected argument: a key, which does not belong here")
        }
        guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")), equals != word.startIndex else {
            throw UsageError(
                "arguments are a JSON object, @FILE, - or key=value, and \(quoted(word)) is not one of them"
            )
        }
        let value = String(word[word.utf8.index(after: equals)...])
        let key = word[..<equals]
        guard key.hasSuffix(":") else { return (String(key), .text(value)) }
        guard key.count > 1 else { throw UsageError("the key before := is empty") }
        do throws(JSONError) {
            return (String(key.dropLast()), .json(try JSONValue(parsing: value)))
        } catch {
            throw UsageError("\(quoted(String(key.dropLast()))) is not JSON after := : \(error.description)")
        }
    }

    /// Whether the tool's schema is needed to read the words: for every text, since the schema may want a number.
    var needsSchema: Bool {
        members.contains { if case .text = $0.member { true } else { false } }
    }

    /// The JSON object to send. Reads files and standard input.
    /// - Parameter schema: the tool's `inputSchema`, by which texts become other types; nil when it isn't known.
    /// - Throws: `CommandFailure`, which names the key or the file, but no value.
    func text(schema: JSONValue?) throws -> String {
        let (text, base) = try readDocument()
        guard !members.isEmpty else { return text }
        var object = base
        for (key, member) in members {
            switch member {
            case .json(let value): object[key] = value
            case .text(let text):
                object[key] = try Self.typed(text, key, by: schema.flatMap { ArgumentKinds(of: key, in: $0) })
            }
        }
        let whole = JSONValue.object(object).text
        guard whole.utf8.count <= Self.bytesMax else { throw Self.tooLarge("the arguments") }
        return whole
    }

    private func readDocument() throws -> (String, JSONObject) {
        do {
            switch document {
            case nil: return ("{}", JSONObject())
            case .text(let text): return try Self.object(Array(text.utf8), of: "<arguments>")
            case .file(let path):
                return try Self.object(try Files.read(path, bytesMax: Self.bytesMax), of: path)
            case .input:
                return try Self.object(
                    try SecretInput.document(bytesMax: Self.bytesMax),
                    of: "standard input"
                )
            }
        } catch let error as FileError {
            throw CommandFailure("the arguments can't be read: \(error)")
        }
    }

    /// The document, as text and as a value.
    private static func object(_ bytes: [UInt8], of name: String) throws -> (String, JSONObject) {
        // Editors on Windows put a byte-order mark at the start. Source: RFC 8259 §8.1
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes.span, in: start..<bytes.count)
        } catch {
            throw CommandFailure("\(name) is not JSON: \(error.description)")
        }
        guard let object = value.objectValue else {
            throw CommandFailure("\(name) doesn't hold a JSON object", hint: "such as {\"timezone\":\"UTC\"}")
        }
        return (String(decoding: bytes[start...], as: UTF8.self), object)
    }

    /// The text as a value of the type that the schema asks for. It stays a text if the schema allows texts or says
    /// nothing.
    private static func typed(_ text: String, _ key: String, by kinds: ArgumentKinds?) throws -> JSONValue {
        guard let kinds, !kinds.names.contains("string") else { return .string(text) }
        if let value = try? JSONValue(parsing: text), kinds.have(value) { return value }
        throw CommandFailure(
            "\(quoted(key)) must be of type \(safe(kinds.names.joined(separator: " or "))), and what was given isn't",
            hint: "`mcp-gateway call --list TOOL` shows what it takes; key:=json sends any JSON"
        )
    }

    private static func tooLarge(_ what: String) -> CommandFailure {
        CommandFailure("\(what) are larger than \(bytesMax) bytes")
    }
}
