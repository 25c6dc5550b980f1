package import Bytes

/// The place of one call in a trace, decided when the call starts. Plain bits.
package struct CallTrace: Sendable, Equatable, BitwiseCopyable {
    /// `none` when there is no trace: the gateway traces nothing, and the caller named no trace.
    package var traceID = ID128.none
    /// The gateway's own span; 0 when the gateway traces nothing and only passes the caller's trace on.
    package var spanID: UInt64 = 0
    /// The caller's span; 0 when the trace begins here.
    package var parentSpanID: UInt64 = 0
    /// The flags that the function gets in `traceparent`.
    package var flags: UInt8 = 0
    /// Whether the call's spans are exported, however the call ends.
    package var isSampled = false
    /// Whether the caller's span was named in the message, and not in a header of the request.
    package var isParentInMeta = false

    package init() {}

    package var isNone: Bool { traceID.isNone }

    /// The trace context that the function gets; `nil` when there is no trace. The function's spans go below the span
    /// of the request to it.
    package var forFunction: TraceContext? {
        if isNone { return nil }
        return TraceContext(
            traceID: traceID,
            spanID: spanID == 0 ? parentSpanID : SpanIDs.child(Self.requestNumber, of: spanID),
            flags: flags
        )
    }

    /// The number, among the spans below the call's own, of the request that the function answered.
    package static let requestNumber = 0
}
