import Bytes
import JSON

extension Contract {
    /// Reads what a function answered to a call. Never fails: what can't be used is a tool error with
    /// readable text.
    ///
    /// One scan for a JSON-RPC answer, two for a wrapped one; no tree. `bytes` are kept, not copied, when
    /// the answer stands in them. `payload` is where the answer lies in whatever `bytes` are, such as a whole HTTP
    /// response; `isFunctionError` says that Lambda sent `X-Amz-Function-Error`, with any value.
    package func readCallAnswer(_ bytes: [UInt8], payload: Range<Int>, isFunctionError: Bool) -> CallAnswer {
        if isFunctionError {
            let failure = FunctionFailure(bytes.span, payload: payload)
            let error = ToolError(cause: .function(failure.cause), text: failure.text, code: failure.code)
            return CallAnswer([], .toolError(error))
        }
        do throws(ContractError) {
            let answer = try Unwrapped.read(bytes, payload: payload)
            if self == .jsonrpc { return try readEnvelope(answer) }
            return try readAny(answer)
        } catch {
            return CallAnswer([], .toolError(badAnswer(error.description)))
        }
    }

    private func badAnswer(_ message: String) -> ToolError {
        let text = "The function's answer can't be used: \(message)"
        return ToolError(cause: .badAnswer, text: text, code: "Contract.BadAnswer")
    }

    /// A JSON-RPC response, and nothing else.
    private func readEnvelope(_ answer: Unwrapped) throws(ContractError) -> CallAnswer {
        guard case .object(let members, let result) = answer.form,
            members.jsonrpc != nil || members.isEnvelope
        else {
            throw .badAnswer(notAnEnvelope(answer))
        }
        if let error = rpcError(members, answer.bytes.span) {
            return CallAnswer([], .protocolError(code: error.code, message: error.message))
        }
        guard let range = members.result else {
            throw .badAnswer("the JSON-RPC response has neither a result nor an error")
        }
        if let result { return CallAnswer(answer.bytes, try resultKind(result, answer.bytes.span)) }
        return CallAnswer(answer.bytes, try arrayKind(range, answer.bytes.span) ?? .value(range))
    }

    /// The whole family of bodies that wrapped servers answer with.
    private func readAny(_ answer: Unwrapped) throws(ContractError) -> CallAnswer {
        let span = answer.bytes.span
        if answer.isRefusal { return try readRefusal(answer) }
        switch answer.form {
        case .text(let text): return CallAnswer([], .text(text))
        case .value(let range):
            return CallAnswer(answer.bytes, try arrayKind(range, span) ?? .value(range))
        case .object(let members, let result):
            if members.content != nil { return CallAnswer(answer.bytes, try resultKind(members, span)) }
            guard members.isEnvelope else { return CallAnswer(answer.bytes, try resultKind(members, span)) }
            if let error = rpcError(members, span) {
                if members.jsonrpc == nil {
                    return CallAnswer(
                        [],
                        .toolError(ToolError(cause: .answered, text: error.message, code: nil))
                    )
                }
                return CallAnswer([], .protocolError(code: error.code, message: error.message))
            }
            if let result { return CallAnswer(answer.bytes, try resultKind(result, span)) }
            let inner = members.result ?? members.range
            if let kind = try arrayKind(inner, span) { return CallAnswer(answer.bytes, kind) }
            // A lone {"result": 42} is how FastMCP structures a plain value: it is the value.
            return CallAnswer(answer.bytes, .value(members.jsonrpc == nil ? members.range : inner))
        }
    }

    /// A status of 400 or more: the body's own words, or the result it holds, marked as an error.
    private func readRefusal(_ answer: Unwrapped) throws(ContractError) -> CallAnswer {
        let status = answer.statusCode ?? 500
        let said = errorText(answer)
        let text = said.isEmpty ? "The function answered with status \(status)." : said
        return CallAnswer([], .toolError(ToolError(cause: .answered, text: text, code: "Status.\(status)")))
    }

    /// What an object that should be a CallToolResult is.
    private func resultKind(_ members: Members, _ bytes: Span<UInt8>) throws(ContractError) -> CallAnswer.Kind
    {
        if let type = members.resultType, members.content == nil || JSON.string(bytes, at: type) != "complete"
        {
            let word = JSON.string(bytes, at: type) ?? "no string"
            guard word != "complete" else { return .value(members.range) }
            throw .badAnswer(
                "its resultType is \(readable(String(word.prefix(40)))); only \"complete\" can be passed on"
            )
        }
        guard let content = members.content else {
            guard let structured = members.structuredContent, JSON.kind(bytes, at: structured) == .object
            else {
                return .value(members.range)
            }
            return .value(structured)
        }
        guard JSON.kind(bytes, at: content) == .array else { return .value(members.range) }
        let isError = members.isError.map { JSON.kind(bytes, at: $0) == .true } ?? false
        return .result(members.range, cut: members.resultTypeCut, isError: isError)
    }

    /// What an array is: content blocks, `[[blocks], structured]`, or `nil` for any other value.
    private func arrayKind(_ range: Range<Int>, _ bytes: Span<UInt8>) throws(ContractError) -> CallAnswer
        .Kind?
    {
        guard JSON.kind(bytes, at: range) == .array else { return nil }
        if isContent(range, bytes) { return .content(range, structured: nil) }
        guard let elements = elements(range, bytes, atMost: 2), elements.count == 2,
            isContent(elements[0], bytes)
        else { return nil }
        switch JSON.kind(bytes, at: elements[1]) {
        case .object: return .content(elements[0], structured: elements[1])
        case .null: return .content(elements[0], structured: nil)
        default: return nil
        }
    }

    /// Whether an array holds nothing but content blocks. Source: MCP 2025-11-25 schema, ContentBlock
    private func isContent(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard JSON.kind(bytes, at: range) == .array else { return false }
        var isContent = true
        do throws(JSONError) {
            try JSON.forEachElement(bytes, of: range) { element throws(JSONError) in
                let type = JSON.member("type", of: element, in: bytes).flatMap { JSON.string(bytes, at: $0) }
                let kinds = ["text", "image", "audio", "resource", "resource_link"]
                if !kinds.contains(type ?? "") { isContent = false }
            }
        } catch {
            return false
        }
        return isContent
    }

    private func notAnEnvelope(_ answer: Unwrapped) -> String {
        let wanted = "it is not a JSON-RPC response"
        switch answer.form {
        case .object(let members, _) where members.count == 0:
            return "it is {}, which a JSON-RPC function answers to a notification"
        case .object(let members, _) where answer.statusCode != nil || members.content != nil:
            return
                "\(wanted); for a function that answers {\"statusCode\",\"body\"} set contract = \"mcp-wrapper\""
        case .object(let members, _):
            return "\(wanted); it begins \(excerpt(answer.bytes.span, members.range))"
        case .value(let range): return "\(wanted); it begins \(excerpt(answer.bytes.span, range))"
        case .text(let text): return "\(wanted); it begins \(excerpt(text.utf8.span, 0..<text.utf8.count))"
        }
    }
}

/// The elements of a validated array, when there are at most so many.
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
