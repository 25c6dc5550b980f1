package import Bytes
import JSON
package import Tracing

/// The trace that a function is told to go on, in the place of what the client said of it.
package struct ToldTrace: Sendable, Equatable {
    /// The gateway's own span; the client's where the gateway makes none.
    package var context: TraceContext
    /// The client's `tracestate`, if it is sound.
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

    /// Puts the trace into a call's client context as its member `w3c`, where the runtimes of AWS look for it. Only where a
    /// client context is sent anyway; left out when Lambda would not take the whole.
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
