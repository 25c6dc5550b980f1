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

    /// The arguments go out byte for byte. Of the client's `_meta`, the progress token and the trace context go out; the
    /// caller's identity is the gateway's own word.
    package static func appendCall(
        _ call: borrowing CallContent,
        of request: Span<UInt8>,
        to event: inout CallEvent
    ) {
        appendStart("tools/call", id: call.id, to: &event.payload)
        event.payload.append(",\"params\":{\"name\":")
        appendNameAndArguments(call, of: request, to: &event.payload)
        if let caller = call.caller {
            event.payload.append(",\"_meta\":{")
            caller.appendMetaMember(to: &event.payload)
            if let meta = call.meta { appendMeta(meta, of: request, after: ",", to: &event.payload) }
            event.payload.append(UInt8(ascii: "}"))
        } else if let meta = call.meta,
            appendMeta(meta, of: request, after: ",\"_meta\":{", to: &event.payload)
        {
            event.payload.append(UInt8(ascii: "}"))
        }
        event.payload.append("}}")
    }

    private static func appendStart(_ method: StaticString, id: Int, to out: inout ByteBuffer) {
        out.append("{\"jsonrpc\":\"2.0\",\"id\":")
        out.append(decimal: id)
        out.append(",\"method\":\"")
        out.append(method)
        out.append(UInt8(ascii: "\""))
    }

    /// - Parameter start: what stands before the first of them.
    /// - Returns: whether there was one.
    @discardableResult
    private static func appendMeta(
        _ meta: Range<Int>,
        of request: Span<UInt8>,
        after start: StaticString,
        to out: inout ByteBuffer
    ) -> Bool {
        var isFirst = true
        for key in ["progressToken", "traceparent", "tracestate", "baggage"] as [StaticString] {
            guard let value = JSON.member(key, of: meta, in: request) else { continue }
            out.append(isFirst ? start : ",")
            out.append(UInt8(ascii: "\""))
            out.append(key)
            out.append("\":")
            out.append(request.extracting(value))
            isFirst = false
        }
        return !isFirst
    }
}
