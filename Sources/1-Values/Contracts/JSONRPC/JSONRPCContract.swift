package import Bytes
import JSON

/// A JSON-RPC message in, a JSON-RPC message out, as run-mcp-servers-with-aws-lambda speaks it.
package enum JSONRPCContract: ContractForm {
    package static var discovery: ContractDiscovery { .asked }

    package static func appendListPayload(cursor: String?, id: Int, to out: inout ByteBuffer) {
        appendStart("tools/list", id: id, to: &out)
        out.append(",\"params\":{")
        if let cursor {
            out.append("\"cursor\":")
            JSON.appendString(cursor, to: &out)
        }
        out.append("}}")
    }

    /// The arguments go out byte for byte. Of the client's `_meta`, the progress token and the trace context go out.
    package static func appendCall(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) {
        appendStart("tools/call", id: call.id, to: &event.payload)
        event.payload.append(",\"params\":{\"name\":")
        appendNameAndArguments(call, of: request, to: &event.payload)
        if let meta = call.meta { appendMeta(meta, of: request, to: &event.payload) }
        event.payload.append("}}")
    }

    private static func appendStart(_ method: StaticString, id: Int, to out: inout ByteBuffer) {
        out.append("{\"jsonrpc\":\"2.0\",\"id\":")
        out.append(decimal: id)
        out.append(",\"method\":\"")
        out.append(method)
        out.append(UInt8(ascii: "\""))
    }

    private static func appendMeta(_ meta: Range<Int>, of request: Span<UInt8>, to out: inout ByteBuffer) {
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
