import Bytes
import JSON
import MCP

// Turns an answer into a CallToolResult: one that is a result stays in its bytes, anything else is rewritten.

extension Unwrapped {
    func relayed(_ error: AnsweredError) -> CallAnswer {
        CallAnswer(bytes, .protocolError(code: error.code, message: error.message, data: error.data))
    }

    /// Reads an object that should be a CallToolResult. `isError` is kept, whatever form it has.
    /// - Parameter takesInputRequired: whether the contract can carry the client's answer to a request for input.
    func read(result members: Members, takesInputRequired: Bool = false) throws(ContractError) -> CallAnswer {
        let span = bytes.span
        if takesInputRequired, asksForInput(members) {
            return CallAnswer(bytes, .inputRequired(members.range))
        }
        try checkType(of: members)
        let isError = members.saysError(span) || isRefusal
        let content = notNull(members.content)
        let structured = notNull(members.structuredContent)
        guard let content else {
            if structured != nil { return result(members, content: nil, isError: isError) }
            if isError { return .made(text: failureText(members), isError: true, meta: meta(members)) }
            return made(of: members.range)
        }
        switch JSON.kind(span, at: content) {
        case .array: return result(members, content: content, isError: isError)
        case .string where isError || members.isAllResult:
            // If nothing else shows that this is a result, it may be data with one member of that name.
            let isData = structured == nil && !isError && members.count == 1
            return .made(
                text: JSON.string(span, at: content) ?? "",
                structured: isData ? Array(bytes[members.range]) : structured.map { Array(bytes[$0]) },
                isError: isError,
                meta: meta(members)
            )
        case .object where isContentBlock(content, span):
            return result(members, content: content, isError: isError)
        default:
            guard isError else { return made(of: members.range) }
            return .made(
                text: readable(span.text(content)),
                structured: structured.map { Array(bytes[$0]) },
                isError: true,
                meta: meta(members)
            )
        }
    }

    /// The result in its own bytes, or rewritten when its `content` is a single block or a name is in snake case.
    private func result(_ members: Members, content: Range<Int>?, isError: Bool) -> CallAnswer {
        let isArray = content.map { JSON.kind(bytes.span, at: $0) == .array } ?? true
        if isArray, !members.hasSnakeCase {
            // A status may say that there was an error where the result says nothing, or the opposite.
            let isAsSaid = isError == members.saysError(bytes.span)
            return CallAnswer(
                bytes,
                .result(members.range, isError: isError),
                form: isAsSaid ? members.form : .unknown
            )
        }
        var out = ByteBuffer(capacity: members.range.count + 64)
        out.append("{")
        if let content {
            out.append(isArray ? "\"content\":" : "\"content\":[")
            out.append(bytes.span.extracting(content))
            if !isArray { out.append("]") }
        }
        if let structured = notNull(members.structuredContent) {
            JSON.appendKey("structuredContent", to: &out)
            out.append(bytes.span.extracting(structured))
        }
        return .made(&out, isError: isError, meta: meta(members))
    }

    /// Whether a result asks for input. An error's status says that it is none.
    func asksForInput(_ members: Members) -> Bool {
        guard let type = members.resultType, !isRefusal else { return false }
        return JSONName(bytes.span, at: type)?.equals("input_required", in: bytes.span) == true
    }

    /// Only a complete result can be passed on.
    private func checkType(of members: Members) throws(ContractError) {
        guard let type = notNull(members.resultType) else { return }
        let word = JSON.string(bytes.span, at: type) ?? "not a string"
        guard word != "complete" else { return }
        throw .badAnswer(
            "its resultType is \(readable(String(word.prefix(40)))); only \"complete\" can be passed on"
        )
    }

    /// The message of a result that has `isError` and no content.
    private func failureText(_ members: Members) -> String {
        if members.isAllResult { return "The tool failed without a message." }
        return errorMessage(members.range, bytes.span)
    }

    /// The error that Lambda writes for an exception, which a function may pass on as its own answer; nil for anything
    /// else.
    func lambdaError(_ members: Members) -> ToolError? {
        let span = bytes.span
        guard let type = members.errorType.flatMap({ JSON.string(span, at: $0) }),
            let message = members.errorMessage.flatMap({ JSON.string(span, at: $0) }), members.content == nil
        else { return nil }
        let hint = OtherContract.behind(errorType: type, message: message)?.hint ?? ""
        return ToolError(text: readable(message), type: readable(type), hint: hint)
    }

    // MARK: Values that aren't a result

    /// Takes content blocks as they are, and any other JSON value as text; an object is structured content too.
    func made(of range: Range<Int>) -> CallAnswer {
        if let content = content(range) { return content }
        let span = bytes.span
        let text = JSON.string(span, at: range) ?? span.text(range)
        let isObject = JSON.kind(span, at: range) == .object
        return .made(text: text, structured: isObject ? Array(bytes[range]) : nil, isError: false, meta: nil)
    }

    /// An array that is content: blocks, or `[[blocks], structured]`; nil for any other value.
    func content(_ range: Range<Int>) -> CallAnswer? {
        let span = bytes.span
        if isContent(range, span) { return made(content: range, structured: nil) }
        guard let parts = elements(range, span, atMost: 2), parts.count == 2, isContent(parts[0], span) else {
            return nil
        }
        switch JSON.kind(span, at: parts[1]) {
        case .object: return made(content: parts[0], structured: parts[1])
        case .null: return made(content: parts[0], structured: nil)
        default: return nil
        }
    }

    private func made(content: Range<Int>, structured: Range<Int>?) -> CallAnswer {
        var out = ByteBuffer(capacity: content.count + (structured?.count ?? 0) + 48)
        out.append("{\"content\":")
        out.append(bytes.span.extracting(content))
        if let structured {
            out.append(",\"structuredContent\":")
            out.append(bytes.span.extracting(structured))
        }
        return .made(&out, isError: false, meta: nil)
    }

    private func meta(_ members: Members) -> [UInt8]? { notNull(members.meta).map { Array(bytes[$0]) } }

    private func notNull(_ range: Range<Int>?) -> Range<Int>? {
        guard let range, JSON.kind(bytes.span, at: range) != .null else { return nil }
        return range
    }
}

extension CallAnswer {
    /// A result of one text.
    static func made(
        text: String,
        structured: [UInt8]? = nil,
        isError: Bool = false,
        meta: [UInt8]? = nil
    ) -> CallAnswer {
        var out = ByteBuffer(capacity: text.utf8.count + (structured?.count ?? 0) + 96)
        out.append("{\"content\":[{\"type\":\"text\",\"text\":")
        JSON.appendString(text, to: &out)
        out.append("}]")
        if let structured {
            out.append(",\"structuredContent\":")
            out.append(contentsOf: structured)
        }
        return made(&out, isError: isError, meta: meta)
    }

    /// Closes a result that was begun in `out`.
    static func made(_ out: inout ByteBuffer, isError: Bool, meta: [UInt8]?) -> CallAnswer {
        if let meta {
            JSON.appendKey("_meta", to: &out)
            out.append(contentsOf: meta)
        }
        out.append("}")
        return CallAnswer(out.bytes, .result(0..<out.count, isError: isError))
    }
}

/// Whether an array holds nothing but content blocks, judging by their types.
/// Source: MCP 2025-11-25 schema, ContentBlock
func isContent(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
    guard JSON.kind(bytes, at: range) == .array else { return false }
    var isContent = true
    do throws(JSONError) {
        try JSON.forEachElement(bytes, of: range) { element throws(JSONError) in
            if !isContentBlock(element, bytes) { isContent = false }
        }
    } catch {
        return false
    }
    return isContent
}

private func isContentBlock(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
    guard let type = JSON.member("type", of: range, in: bytes).flatMap({ JSONName(bytes, at: $0) }) else {
        return false
    }
    for known in ["text", "image", "audio", "resource", "resource_link"] as [StaticString]
    where type.equals(known, in: bytes) {
        return true
    }
    return false
}

/// The elements of a validated array; nil when the value isn't an array or has more than `countMax`.
func elements(_ array: Range<Int>, _ bytes: Span<UInt8>, atMost countMax: Int) -> [Range<Int>]? {
    var found: [Range<Int>] = []
    do throws(JSONError) {
        try JSON.forEachElement(bytes, of: array) { element throws(JSONError) in
            guard found.count < countMax else {
                throw JSONError(offset: element.lowerBound, reason: .trailingBytes)
            }
            found.append(element)
        }
    } catch {
        return nil
    }
    return found
}
