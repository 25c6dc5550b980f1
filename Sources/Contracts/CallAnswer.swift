package import Bytes
import JSON

/// What a function answered to a call, with the bytes it stands in.
///
/// Ranges point into `bytes`, which are the payload itself or the body that was taken out of it; every range
/// is one whole, validated JSON value.
package struct CallAnswer: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// A CallToolResult object. `cut` is what to leave out so that it has no `resultType`.
        case result(Range<Int>, cut: Range<Int>?, isError: Bool)
        /// An array of content blocks, perhaps with a structured object.
        case content(Range<Int>, structured: Range<Int>?)
        /// Any other JSON value.
        case value(Range<Int>)
        /// Text that isn't JSON.
        case text(String)
        /// The tool, the function or the answer failed: a result with `isError`.
        case toolError(ToolError)
        /// A JSON-RPC error; the code is one of JSON-RPC's own.
        case protocolError(code: Int, message: String)
    }

    package let bytes: [UInt8]
    package let kind: Kind

    init(_ bytes: [UInt8], _ kind: Kind) {
        self.bytes = bytes
        self.kind = kind
    }
}

/// A failure that an agent may read and act on.
package struct ToolError: Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        /// The function answered with an error status or message.
        case answered
        /// The invocation failed.
        case function(FunctionFailure.Cause)
        /// The answer is not what the contract asks for.
        case badAnswer
    }

    package let cause: Cause
    /// For the agent: one line or a few, never a stack trace.
    package let text: String
    /// A short name for programs: an error type, `Status.404`, `Contract.BadAnswer`.
    package let code: String?
}

extension CallAnswer {
    /// Whether the call's result says `isError`; a protocol error has no result.
    package var isError: Bool {
        switch kind {
        case .result(_, _, let isError): isError
        case .content, .value, .text: false
        case .toolError, .protocolError: true
        }
    }

    /// Appends the members of an MCP CallToolResult, without braces and without `resultType`, none escaped
    /// twice.
    ///
    /// A tool's own result is spliced byte for byte. `requestID` goes into an error's `_meta`.
    /// - Returns: `false` for a protocol error, which has no result; nothing is appended then.
    package func appendResultMembers(requestID: String?, to out: inout ByteBuffer) -> Bool {
        let span = bytes.span
        switch kind {
        case .result(let range, let cut, _):
            let inside = range.lowerBound + 1..<range.upperBound - 1
            if let cut {
                out.append(span.extracting(inside.lowerBound..<cut.lowerBound))
                out.append(span.extracting(cut.upperBound..<inside.upperBound))
            } else {
                out.append(span.extracting(inside))
            }
        case .content(let range, let structured):
            out.append("\"content\":")
            out.append(span.extracting(range))
            if let structured { appendStructured(span.extracting(structured), to: &out) }
        case .value(let range):
            let value = span.extracting(range)
            if let text = JSON.string(span, at: range) {
                appendText(text.utf8.span, to: &out)
            } else {
                appendText(value, to: &out)
            }
            if JSON.kind(span, at: range) == .object { appendStructured(value, to: &out) }
        case .text(let text): appendText(text.utf8.span, to: &out)
        case .toolError(let error): append(error, requestID: requestID, to: &out)
        case .protocolError: return false
        }
        return true
    }

    private func appendText(_ text: Span<UInt8>, to out: inout ByteBuffer) {
        out.append("\"content\":[{\"type\":\"text\",\"text\":")
        JSON.appendString(utf8: text, to: &out)
        out.append("}]")
    }

    private func appendStructured(_ value: Span<UInt8>, to out: inout ByteBuffer) {
        out.append(",\"structuredContent\":")
        out.append(value)
    }

    private func append(_ error: ToolError, requestID: String?, to out: inout ByteBuffer) {
        appendText(error.text.utf8.span, to: &out)
        out.append(",\"isError\":true")
        guard error.code != nil || requestID != nil else { return }
        out.append(",\"_meta\":{\"mcp-gateway/error\":{")
        if let code = error.code {
            out.append("\"code\":")
            JSON.appendString(code, to: &out)
        }
        if let requestID {
            out.append(error.code == nil ? "\"requestId\":" : ",\"requestId\":")
            JSON.appendString(requestID, to: &out)
        }
        out.append("}}")
    }
}
