import Bytes
import JSON

/// Reads the answer of a function that knows nothing of MCP: its contract is any JSON.
///
///   an object                            its JSON as text, and as structured content
///   a string                             its text
///   any other JSON value                 its JSON as text; a handler that returns nothing answers `null` and has succeeded
///   text that isn't JSON, such as NaN    the text
///   nothing                              an empty text
///   bytes that aren't text               can't be used
///   `{"statusCode","body"}`              what the body is; with a status of 300 or more, an error
///   `{"errorType","errorMessage"}`       an error, without its stack trace
///   `{"content":[…],"isError"}`          the result that it is
///
/// Anything else that only looks like an answer of a protocol is data.
enum PlainAnswer {
    /// When an object is read as a CallToolResult.
    enum Results {
        /// When it has content, whatever else it has.
        case whenPossible
        /// When it has only members of a CallToolResult: then it isn't data that happens to have a member `content`.
        case whenEvident
    }

    /// The deepest object that is structured content: the message around it is deeper, and readers stop at 128.
    static let depthMax = 120

    /// Costs one scan and one copy, the result; an object that is a result already stays in its bytes.
    static func read(_ bytes: [UInt8], payload: Range<Int>, takesResults: Results) -> CallAnswer {
        do throws(ContractError) {
            var answer = Unwrapped()
            try answer.parsePlain(bytes, payload, "the function's answer")
            return try answer.plainAnswer(takesResults)
        } catch {
            return CallAnswer(unusable: error)
        }
    }
}

extension Unwrapped {
    /// Reads JSON, or else any text: what a plain function wrote is its answer, valid JSON or not.
    /// - Throws: `.badAnswer` for bytes that aren't text.
    fileprivate mutating func parsePlain(
        _ source: [UInt8],
        _ range: Range<Int>,
        _ what: StaticString
    ) throws(ContractError) {
        do throws(ContractError) {
            try parse(source, range, what, depthMax: PlainAnswer.depthMax)
        } catch {
            guard let text = Self.text(source.span, range) else {
                if range.first.map({ source[$0] }) == 0x1F { throw error }  // the error says gzip
                throw .badAnswer(
                    "\(what) is neither JSON nor text; it begins \(excerpt(source.span, range))"
                )
            }
            form = .text(text)
        }
    }

    fileprivate func plainAnswer(_ results: PlainAnswer.Results) throws(ContractError) -> CallAnswer {
        switch form {
        case .text(let text): return .made(text: text)
        case .value(let range):
            if let held = held(inString: range), held.isResult(results) {
                return try held.read(result: held.members)
            }
            return isWholeContent(range, isEmptyToo: false) ? made(of: range) : data(range)
        case .object:
            if isResult(results) { return try read(result: members) }
            if let status = proxyStatus { return try opened(status, results) }
            if members.isLambdaError, let failure = lambdaError(members) {
                return CallAnswer([], .failed(failure))
            }
            return data(members.range)
        }
    }

    /// The object that `json.dumps` wrote into a string; nil for any other value.
    private func held(inString range: Range<Int>) -> Unwrapped? {
        guard let inside = JSONName(bytes.span, at: range), inside.range.count > 2,
            bytes[inside.range.lowerBound] == UInt8(ascii: "{")
        else { return nil }
        var text = ByteBuffer(capacity: inside.range.count)
        JSON.appendUnescaped(bytes.span, inside.range, to: &text)
        var inner = Unwrapped()
        // A string that isn't JSON is text.
        do throws(ContractError) { try inner.parse(text.bytes, 0..<text.count, "the text") } catch {
            return nil
        }
        return inner
    }

    // MARK: Results

    private func isResult(_ results: PlainAnswer.Results) -> Bool {
        guard case .object = form else { return false }
        let isPossible = results == .whenPossible
        if members.isAllResult {
            if members.isError != nil || members.structuredContent != nil { return true }
            return members.content.map { isWholeContent($0, isEmptyToo: isPossible) } ?? false
        }
        guard isPossible, let content = members.content else { return false }
        return isWholeContent(content, isEmptyToo: false)
    }

    /// Whether an array holds nothing but content blocks, each with the members that its type must have.
    /// Source: MCP 2025-11-25 schema, ContentBlock
    private func isWholeContent(_ range: Range<Int>, isEmptyToo: Bool) -> Bool {
        let span = bytes.span
        guard isContent(range, span) else { return false }
        var (isWhole, count) = (true, 0)
        do throws(JSONError) {
            try JSON.forEachElement(span, of: range) { block throws(JSONError) in
                count += 1
                isWhole = isWhole && isWholeBlock(block, span)
            }
        } catch {
            return false
        }
        return isWhole && (count > 0 || isEmptyToo)
    }

    private func isWholeBlock(_ block: Range<Int>, _ span: Span<UInt8>) -> Bool {
        func has(_ name: StaticString, _ kind: JSON.Kind) -> Bool {
            JSON.member(name, of: block, in: span).map { JSON.kind(span, at: $0) == kind } ?? false
        }
        guard let type = JSON.member("type", of: block, in: span).flatMap({ JSONName(span, at: $0) }) else {
            return false
        }
        if type.equals("text", in: span) { return has("text", .string) }
        if type.equals("resource", in: span) { return has("resource", .object) }
        if type.equals("resource_link", in: span) { return has("uri", .string) && has("name", .string) }
        return has("data", .string) && has("mimeType", .string)
    }

    // MARK: What API Gateway would take

    /// The status of an answer in API Gateway's format: it has a valid status, and only members that such an answer
    /// has.
    private var proxyStatus: Int? {
        guard members.count == members.wrapperCount, let status = Self.statusCode(members, bytes.span),
            100...599 ~= status
        else { return nil }
        return status
    }

    /// The answer in the body. Without a body a success is data: the status is all that is known.
    private func opened(_ status: Int, _ results: PlainAnswer.Results) throws(ContractError) -> CallAnswer {
        var inner = Unwrapped()
        if let body = members.body, JSON.kind(bytes.span, at: body) != .null {
            if let inside = JSONName(bytes.span, at: body) {
                var text = ByteBuffer(capacity: body.count)
                JSON.appendUnescaped(bytes.span, inside.range, to: &text)
                if let flag = members.isBase64Encoded, JSON.kind(bytes.span, at: flag) == .true {
                    text.bytes = try Self.decoded(text.bytes)
                }
                try inner.parsePlain(text.bytes, 0..<text.count, "the body")
            } else {
                try inner.parsePlain(bytes, body, "the body")
            }
        } else if status < 300 {
            return data(members.range)
        }
        inner.statusCode = status
        return status < 300 ? try inner.bodyAnswer(results) : try inner.refusedBody(results)
    }

    /// The answer of a body, which isn't searched for another wrapper.
    private func bodyAnswer(_ results: PlainAnswer.Results) throws(ContractError) -> CallAnswer {
        guard case .object = form, !isResult(results) else { return try plainAnswer(results) }
        if members.isLambdaError, let failure = lambdaError(members) {
            return CallAnswer([], .failed(failure))
        }
        return data(members.range)
    }

    /// The answer to a status of 300 or more: the result that the body is, marked as an error, or the body's own
    /// message.
    private func refusedBody(_ results: PlainAnswer.Results) throws(ContractError) -> CallAnswer {
        if isResult(results) { return try read(result: members) }
        if case .object = form, var failure = lambdaError(members) {
            failure.status = statusCode
            return CallAnswer([], .failed(failure))
        }
        let said = errorText(self)
        let text = said.isEmpty ? "The function answered with status \(statusCode ?? 500)." : said
        return CallAnswer([], .failed(ToolError(text: text, status: statusCode)))
    }

    // MARK: Data

    /// The value as text, a string without its quotes; an object also as structured content.
    private func data(_ range: Range<Int>) -> CallAnswer {
        let span = bytes.span
        let kind = JSON.kind(span, at: range)
        var out = ByteBuffer(capacity: range.count * (kind == .object ? 2 : 1) + range.count / 4 + 96)
        out.append("{\"content\":[{\"type\":\"text\",\"text\":")
        if kind == .string {
            out.append(span.extracting(range))
        } else {
            JSON.appendString(utf8: span.extracting(range), to: &out)
        }
        out.append("}]")
        if kind == .object {
            out.append(",\"structuredContent\":")
            out.append(span.extracting(range))
        }
        return .made(&out, isError: false, meta: nil)
    }
}

extension Members {
    /// Whether the object has exactly what Lambda writes for an exception, and so isn't data about errors.
    fileprivate var isLambdaError: Bool { errorType != nil && errorMessage != nil && count == errorCount }
}
