import Bytes

/// Begins the traces of one loop's calls: chooses their ids, and whether they are sampled.
package struct CallTracer: Sendable {
    private let sampling: TraceSampling?
    private let bound: UInt64?
    private let extraMax: Int
    private var ids: SpanIDs
    private var second: Int64 = .min
    /// How many callers' requests for sampling were granted in this second.
    private var extra = 0

    /// - Parameters:
    ///   - sampling: `nil` when nothing is traced.
    ///   - loops: the number of loops that share what is granted each second.
    package init(_ sampling: TraceSampling?, loops: Int = 1, ids: SpanIDs = SpanIDs()) {
        self.sampling = sampling
        self.ids = ids
        bound = sampling?.bound
        // Rounded up, so that each loop can grant at least one, unless the bound is 0.
        extraMax = ((sampling?.extraPerSecond ?? 0) + max(loops, 1) - 1) / max(loops, 1)
    }

    /// Whether spans are exported at all.
    package var isOn: Bool { sampling != nil }

    /// The trace of a call that begins.
    /// - Parameters:
    ///   - parent: the caller's trace context, if it is valid.
    ///   - epochSeconds: by the machine's clock.
    package mutating func begin(under parent: TraceContext?, epochSeconds: Int64) -> CallTrace {
        var trace = CallTrace()
        guard let sampling else {
            guard let parent else { return trace }
            trace.traceID = parent.traceID
            trace.parentSpanID = parent.spanID
            trace.flags = parent.flags
            return trace
        }
        trace.spanID = ids.next()
        if let parent {
            trace.traceID = parent.traceID
            trace.parentSpanID = parent.spanID
            trace.isSampled = isSampled(under: parent, sampling, span: trace.spanID, epochSeconds)
            trace.flags = parent.flags & TraceContext.randomFlag
        } else {
            trace.traceID = ids.nextTrace(epochSeconds: epochSeconds)
            trace.isSampled = bound.map { trace.traceID.low < $0 } ?? true
            trace.flags = TraceContext.randomFlag
        }
        if trace.isSampled { trace.flags |= TraceContext.sampledFlag }
        return trace
    }

    /// A caller's request for sampling is granted until `extraMax` in a second, over all callers. After that the share
    /// decides, by the new span's id, because the caller chose the trace's id.
    private mutating func isSampled(
        under parent: TraceContext,
        _ sampling: TraceSampling,
        span: UInt64,
        _ epochSeconds: Int64
    ) -> Bool {
        if sampling.honorsParent {
            guard parent.isSampled else { return false }
            if epochSeconds != second { (second, extra) = (epochSeconds, 0) }
            if extra < extraMax {
                extra += 1
                return true
            }
        }
        return bound.map { span < $0 } ?? true
    }
}
