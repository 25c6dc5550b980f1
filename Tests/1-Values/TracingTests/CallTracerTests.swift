import Bytes
import Tracing
import Testing

struct CallTracerTests {
    private let parent = TraceContext(
        traceID: ID128(high: 0xAAAA, low: 0xBBBB),
        spanID: 0xCC,
        flags: TraceContext.sampledFlag
    )

    private func tracer(_ sampling: TraceSampling?, loops: Int = 1) -> CallTracer {
        CallTracer(sampling, loops: loops, ids: SpanIDs(seed: 1, 2, 3, 4))
    }

    @Test func `without tracing and without a caller's trace, there is no trace`() {
        var tracer = tracer(nil)
        let trace = tracer.begin(under: nil, epochSeconds: 7)
        #expect(trace == CallTrace() && trace.isNone && trace.forFunction == nil)
    }

    @Test func `without tracing, a caller's context is passed on unchanged`() {
        var tracer = tracer(nil)
        let trace = tracer.begin(under: parent, epochSeconds: 7)
        #expect(trace.forFunction == parent)
        #expect(trace.spanID == 0 && !trace.isSampled)
    }

    @Test func `a caller's trace is continued with the gateway's own span`() {
        var tracer = tracer(TraceSampling(share: 0))
        let trace = tracer.begin(under: parent, epochSeconds: 7)
        #expect(trace.traceID == parent.traceID && trace.parentSpanID == parent.spanID)
        #expect(trace.isSampled && trace.spanID != 0 && trace.spanID != parent.spanID)
        // The function's own spans go below the request to it.
        let request = SpanIDs.child(CallTrace.requestNumber, of: trace.spanID)
        #expect(trace.forFunction?.spanID == request && request != trace.spanID)
        #expect(trace.forFunction?.isSampled == true)
    }

    @Test func `a call whose caller doesn't record it isn't sampled, whatever the share`() {
        var tracer = tracer(TraceSampling(share: 1))
        var silent = parent
        silent.flags = TraceContext.randomFlag
        let trace = tracer.begin(under: silent, epochSeconds: 7)
        #expect(!trace.isSampled && trace.forFunction?.flags == TraceContext.randomFlag)
    }

    @Test func `new traces have different ids that begin with the time`() {
        var tracer = tracer(TraceSampling(share: 1))
        var seen: Set<ID128> = []
        for _ in 0..<1_000 {
            let trace = tracer.begin(under: nil, epochSeconds: 0x6556_7AB3)
            #expect(trace.traceID.high >> 32 == 0x6556_7AB3)
            #expect(trace.parentSpanID == 0 && trace.isSampled)
            seen.insert(trace.traceID)
        }
        #expect(seen.count == 1_000)
    }

    @Test func `the share selects by the trace's id, as other samplers do`() {
        var tracer = tracer(TraceSampling(share: 0.1))
        var count = 0
        for _ in 0..<10_000 {
            let trace = tracer.begin(under: nil, epochSeconds: 7)
            #expect(trace.isSampled == (trace.traceID.low < 1_844_674_407_370_955_161))
            if trace.isSampled { count += 1 }
        }
        // The range is six standard deviations wide on either side.
        #expect(820...1_180 ~= count)
        var none = self.tracer(TraceSampling(share: 0))
        #expect((0..<1_000).allSatisfy { _ in !none.begin(under: nil, epochSeconds: 7).isSampled })
    }

    @Test func `callers' requests for sampling are granted up to a bound per second, then the share decides`()
    {
        var tracer = tracer(TraceSampling(share: 0, extraPerSecond: 10), loops: 2)
        let first = (0..<20).filter { _ in tracer.begin(under: parent, epochSeconds: 7).isSampled }
        #expect(first.count == 5)
        let next = (0..<20).filter { _ in tracer.begin(under: parent, epochSeconds: 8).isSampled }
        #expect(next.count == 5)
        var none = self.tracer(TraceSampling(share: 0, extraPerSecond: 0))
        #expect(!none.begin(under: parent, epochSeconds: 7).isSampled)
    }

    @Test func `if callers aren't honored, the ids that they choose don't matter`() {
        var tracer = tracer(TraceSampling(share: 0.1, honorsParent: false))
        // The share would select this id in a trace that begins here.
        let chosen = TraceContext(traceID: ID128(high: 1, low: 1), spanID: 1, flags: 1)
        let sampled = (0..<1_000).filter { _ in tracer.begin(under: chosen, epochSeconds: 7).isSampled }
        #expect(40...160 ~= sampled.count)
    }
}
