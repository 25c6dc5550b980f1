package import Bytes
import JSON

/// What is sent to a function. Only lists and calls: `initialize`, `ping` and notifications end in the
/// gateway.
extension Contract {
    /// Appends the payload that asks for a page of tools.
    ///
    /// `cursor` is an earlier answer's `nextCursor`; `id` is the gateway's own and appears in JSON-RPC alone.
    /// - Throws: `.unsupported`; nothing is appended then.
    package func appendListPayload(
        cursor: String?,
        id: Int,
        to out: inout ByteBuffer
    ) throws(ContractError) {
        try appendStart("tools/list", id: id, to: &out)
        if let cursor {
            out.append(",\"params\":{\"cursor\":")
            JSON.appendString(cursor, to: &out)
            out.append(UInt8(ascii: "}"))
        } else if self == .jsonrpc {
            out.append(",\"params\":{}")
        }
        out.append(UInt8(ascii: "}"))
    }

    /// Appends the payload of a call.
    ///
    /// The arguments go out byte for byte, as `{}` when there are none: functions index them without asking.
    /// Of the client's `_meta`, JSON-RPC functions get the progress token and the trace context, others
    /// nothing.
    /// - Parameters:
    ///   - tool: the bare name, without the target.
    ///   - arguments: a raw JSON object inside `request`.
    ///   - meta: the raw `_meta` object inside `request`.
    ///   - request: the client's message, already validated.
    ///   - id: the gateway's own.
    ///   - out: where to append.
    /// - Throws: `.unsupported`; nothing is appended then.
    package func appendCallPayload(
        tool: String,
        arguments: Range<Int>?,
        meta: Range<Int>?,
        of request: Span<UInt8>,
        id: Int,
        to out: inout ByteBuffer
    ) throws(ContractError) {
        switch self {
        case .mcpWrapper: out.append("{\"method\":\"tools/call\",\"params\":{\"name\":")
        default:
            try appendStart("tools/call", id: id, to: &out)
            out.append(",\"params\":{\"name\":")
        }
        JSON.appendString(tool, to: &out)
        out.append(",\"arguments\":")
        if let arguments {
            out.append(request.extracting(arguments))
        } else {
            out.append("{}")
        }
        if self == .jsonrpc, let meta { appendMeta(meta, of: request, to: &out) }
        out.append("}}")
    }

    /// What asks for the first page of tools; nil for a contract that this version doesn't speak.
    package var listPayload: String? {
        var out = ByteBuffer()
        do throws(ContractError) { try appendListPayload(cursor: nil, id: 1, to: &out) } catch { return nil }
        return String(decoding: out.bytes, as: UTF8.self)
    }

    private func appendStart(
        _ method: StaticString,
        id: Int,
        to out: inout ByteBuffer
    ) throws(ContractError) {
        switch self {
        case .mcpWrapper: out.append("{\"method\":\"")
        case .jsonrpc:
            out.append("{\"jsonrpc\":\"2.0\",\"id\":")
            out.append(decimal: id)
            out.append(",\"method\":\"")
        default: throw .unsupported(self)
        }
        out.append(method)
        out.append(UInt8(ascii: "\""))
    }

    private func appendMeta(_ meta: Range<Int>, of request: Span<UInt8>, to out: inout ByteBuffer) {
        var isFirst = true
        for key in ["progressToken", "traceparent", "tracestate", "baggage"] as [StaticString] {
            guard let value = JSON.member(key, of: meta, in: request) else { continue }
            out.append(isFirst ? ",\"_meta\":{\"" : ",\"")
            out.append(key)
            out.append("\":")
            out.append(request.extracting(value))
            isFirst = false
        }
        if !isFirst { out.append(UInt8(ascii: "}")) }
    }
}
