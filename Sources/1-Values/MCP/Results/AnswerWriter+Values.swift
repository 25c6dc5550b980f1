import Bytes
import JSON
import Text

// The one member of each result that must be there: messages, contents, completion.

extension AnswerWriter {
    /// Each message's content is a block as in a tool's result, and is mended by the same rules.
    func appendMessages(
        _ value: Range<Int>,
        _ bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        guard let messages = Self.elements(of: value, bytes) else { throw .notArray("messages") }
        let blocks = ToolResultWriter(version: version, identity: identity)
        out.append("[")
        for (index, message) in messages.enumerated() {
            JSON.appendSeparator(to: &out)
            let path = "messages[\(index)]"
            do throws(ShapeFault) {
                try append(message: message, path, bytes, blocks, to: &out)
            } catch {
                throw .unusableBlock(error, shown: Excerpt.of(bytes, message, charactersMax: 400))
            }
        }
        out.append("]")
    }

    private func append(
        message: Range<Int>,
        _ path: String,
        _ bytes: Span<UInt8>,
        _ blocks: ToolResultWriter,
        to out: inout ByteBuffer
    ) throws(ShapeFault) {
        guard JSON.kind(bytes, at: message) == .object else {
            throw ShapeFault(member: path, reason: "must be an object")
        }
        let role = JSON.member("role", of: message, in: bytes).flatMap { JSON.string(bytes, at: $0) }
        guard role == "user" || role == "assistant" else {
            throw ShapeFault(member: "\(path).role", reason: "must be user or assistant")
        }
        guard let content = JSON.member("content", of: message, in: bytes) else {
            throw ShapeFault(member: "\(path).content", reason: "is missing; it must be an object")
        }
        out.append("{")
        for member in Self.members(of: message, bytes) where JSON.kind(bytes, at: member.value) != .null {
            if member.isNamed("content", in: bytes) {
                JSON.appendKey("content", to: &out)
                try blocks.append(content, path: "\(path).content", bytes, to: &out)
            } else {
                Self.append(member, bytes, to: &out)
            }
        }
        out.append("}")
    }

    func appendResourceContents(
        _ value: Range<Int>,
        _ bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        guard let contents = Self.elements(of: value, bytes) else { throw .notArray("contents") }
        guard !contents.isEmpty else { throw .empty }
        out.append("[")
        for (index, content) in contents.enumerated() {
            JSON.appendSeparator(to: &out)
            do throws(ShapeFault) {
                try Self.append(content: content, path: "contents[\(index)]", bytes, to: &out)
            } catch {
                throw .unusableBlock(error, shown: Excerpt.of(bytes, content, charactersMax: 400))
            }
        }
        out.append("]")
    }

    private static func append(
        content: Range<Int>,
        path: String,
        _ bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ShapeFault) {
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: bytes, in: content) } catch {
            throw ShapeFault(member: path, reason: "names a member twice")
        }
        let shaped = try Shape.resourceContents(value).fit(value, path: path)
        if shaped.isChanged {
            shaped.value.write(to: &out)
        } else {
            out.append(bytes.extracting(content))
        }
    }

    /// The most values of one completion. Source: MCP 2025-11-25, "Completion"
    private static let valuesMax = 100

    static func appendValues(
        _ value: Range<Int>,
        _ bytes: Span<UInt8>,
        to out: inout ByteBuffer
    ) throws(ToolResultFault) {
        guard let list = JSON.member("values", of: value, in: bytes), let values = elements(of: list, bytes)
        else { throw .notArray("completion.values") }
        guard values.allSatisfy({ JSON.kind(bytes, at: $0) == .string }) else {
            throw .notArray("completion.values")
        }
        out.append("{\"values\":[")
        for text in values.prefix(valuesMax) {
            JSON.appendSeparator(to: &out)
            out.append(bytes.extracting(text))
        }
        out.append("]")
        let isCut = values.count > valuesMax
        let total = JSON.member("total", of: value, in: bytes).flatMap { JSON.int(bytes, at: $0) }
        if let total = total ?? (isCut ? values.count : nil), total >= 0 {
            JSON.appendKey("total", to: &out)
            out.append(decimal: total)
        }
        let said = JSON.member("hasMore", of: value, in: bytes).map { JSON.kind(bytes, at: $0) }
        if isCut || said == .true {
            out.append(",\"hasMore\":true")
        } else if said == .false {
            out.append(",\"hasMore\":false")
        }
        out.append("}")
    }
}
