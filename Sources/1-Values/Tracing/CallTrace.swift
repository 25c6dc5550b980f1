package import Bytes

/// The place of one call in a trace: decided at its start. Plain bits.
package struct CallTrace: Sendable, Equatable, BitwiseCopyable {
    /// `none` when there is no trace: nothing is traced, and the caller named none.
    package var traceID = ID128.none
    /// The gateway's own span; 0 when nothing is traced, and the call's trace is the caller's affair alone.
    package var spanID: UInt64 = 0
    /// The caller's; 0 when the trace begins here.
    package var parentSpanID: UInt64 = 0
    /// For the function, as in `traceparent`.
    package var flags: UInt8 = 0
    /// Its spans are exported, however it ends.
    package var isSampled = false
    /// Whether the caller's span was named in the message, and not in a header of the request.
    package var isParentInMeta = false

    package init() {}

    package var isNone: Bool { traceID.isNone }

    /// What the function is told; `nil` when there is no trace. Its own spans belong below that of the request to it.
    package var forFunction: TraceContext? {
        if isNone { return nil }
        return TraceContext(
            traceID: traceID,
            spanID: spanID == 0 ? parentSpanID : SpanIDs.child(Self.requestNumber, of: spanID),
            flags: flags
        )
    }

    /// Which of the spans below the call's own is that of the request which the function answered.
    package static let requestNumber = 0
}
