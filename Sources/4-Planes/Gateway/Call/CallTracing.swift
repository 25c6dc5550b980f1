import EventLoop
import Bytes
import Contracts
import HTTP
import JSON
import MCP
import Tracing

/// Finds a call's trace. `_meta` wins over the header: `_meta` belongs to the message, while one HTTP request may hold
/// several messages, and its header may come from a proxy in between.
/// Source: MCP 2026-07-28, "_meta"; semantic conventions for MCP, "Context propagation"
extension AgentEndpoint {
    /// The trace of a call that starts now. A malformed context counts as none.
    func beginTrace(of request: borrowing AgentRequest) -> CallTrace {
        let parent = request.parentTrace
        var trace = tracer.begin(under: parent?.context, epochSeconds: loop.wallMs / 1_000)
        trace.isParentInMeta = parent?.isInMeta == true
        return trace
    }
}

extension AgentRequest {
    /// The client's span, and whether the message's own `_meta` names it.
    fileprivate var parentTrace: (context: TraceContext, isInMeta: Bool)? {
        let held = http.bytes
        let bytes = held.span
        if let name = message.traceparent, !name.hasEscapes,
            let context = TraceContext(traceparent: bytes.extracting(name.range))
        {
            return (context, true)
        }
        guard let field = http.head.fields.first(.traceparent),
            let context = TraceContext(traceparent: bytes.extracting(field)),
            !http.head.fields.isRepeated(.traceparent)
        else { return nil }
        return (context, false)
    }

    /// The trace context to pass to the function; nil when the client's own `_meta` has all of it already.
    func traceForFunction(_ context: TraceContext, of trace: CallTrace) -> ToldTrace? {
        if trace.spanID == 0, trace.isParentInMeta { return nil }
        return ToldTrace(context, state: trace.parentSpanID == 0 ? nil : state(inMeta: trace.isParentInMeta))
    }

    /// The client's `tracestate` from the place that its `traceparent` came from, if it is well-formed.
    private func state(inMeta: Bool) -> ByteBuffer? {
        let held = http.bytes
        let bytes = held.span
        var state = ByteBuffer()
        if inMeta {
            guard let name = message.tracestate else { return nil }
            if name.hasEscapes {
                state.append(name.text(in: bytes))
            } else {
                state.append(bytes.extracting(name.range))
            }
        } else {
            for field in http.head.fields.all where field.known == .tracestate {
                if state.count > 0 { state.append(UInt8(ascii: ",")) }
                guard state.count + field.value.count <= TraceState.bytesMax else { return nil }
                state.append(bytes.extracting(field.value))
            }
        }
        return TraceState.isSound(state.bytes.span) ? state : nil
    }
}
