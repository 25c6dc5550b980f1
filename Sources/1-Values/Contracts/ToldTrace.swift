package import Bytes
import JSON
package import Tracing

/// The trace that a function should continue, in place of the trace members that the client sent.
package struct ToldTrace: Sendable, Equatable {
    /// The gateway's own span; the client's when the gateway makes none.
    package var context: TraceContext
    /// The client's `tracestate`, if it is valid.
    package var state: ByteBuffer?

    package init(_ context: TraceContext, state: ByteBuffer? = nil) {
        self.context = context
        self.state = state
    }

    /// Appends `"traceparent":"…"` and perhaps `,"tracestate":"…"`.
    func appendMembers(to out: inout ByteBuffer) {
        out.append("\"traceparent\":\"")
        context.append(traceparentTo: &out)
        out.append(UInt8(ascii: "\""))
        guard let state else { return }
        out.append(",\"tracestate\":")
        JSON.appendString(utf8: state.bytes.span, to: &out)
    }

    /// Adds the trace to a call's client context as its member `w3c`, where the runtimes of AWS look for it. Only when
    /// a client context is sent anyway; left out when Lambda would not accept the whole.
    package func add(to event: inout CallEvent) {
        guard let context = event.clientContext, context.count > 2 else { return }
        var out = ByteBuffer(capacity: context.count + 80 + (state?.count ?? 0))
        out.append("{\"w3c\":{")
        appendMembers(to: &out)
        out.append("},")
        out.append(context.bytes.span.extracting(1...))
        if out.count <= CallEvent.clientContextBytesMax { event.clientContext = out }
    }
}
