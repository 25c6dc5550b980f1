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

    @Test func `makes nothing where nothing is traced and no caller says anything`() {
        var tracer = tracer(nil)
        let trace = tracer.begin(under: nil, epochSeconds: 7)
        #expect(trace == CallTrace() && trace.isNone && trace.forFunction == nil)
    }

    @Test func `passes a caller's context on as it is where nothing is traced`() {
        var tracer = tracer(nil)
        let trace = tracer.begin(under: parent, epochSeconds: 7)
        #expect(trace.forFunction == parent)
        #expect(trace.spanID == 0 && !trace.isSampled)
    }

    @Test func `continues a caller's trace with a span of its own`() {
        var tracer = tracer(TraceSampling(share: 0))
        let trace = tracer.begin(under: parent, epochSeconds: 7)
        #expect(trace.traceID == parent.traceID && trace.parentSpanID == parent.spanID)
        #expect(trace.isSampled && trace.spanID != 0 && trace.spanID != parent.spanID)
        // What the function adds belongs below the request to it.
        let request = SpanIDs.child(CallTrace.requestNumber, of: trace.spanID)
        #expect(trace.forFunction?.spanID == request && request != trace.spanID)
        #expect(trace.forFunction?.isSampled == true)
    }

    @Test func `a caller that records nothing isn't recorded, whatever the share`() {
        var tracer = tracer(TraceSampling(share: 1))
        var silent = parent
        silent.flags = TraceContext.randomFlag
        let trace = tracer.begin(under: silent, epochSeconds: 7)
        #expect(!trace.isSampled && trace.forFunction?.flags == TraceContext.randomFlag)
    }

    @Test func `begins traces with the time in front, each another one`() {
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

    @Test func `the share chooses by the trace's id, as other samplers do`() {
        var tracer = tracer(TraceSampling(share: 0.1))
        var count = 0
        for _ in 0..<10_000 {
            let trace = tracer.begin(under: nil, epochSeconds: 7)
            #expect(trace.isSampled == (trace.traceID.low < 1_844_674_407_370_955_161))
            if trace.isSampled { count += 1 }
        }
        // Six standard deviations.
        #expect(820...1_180 ~= count)
        var none = self.tracer(TraceSampling(share: 0))
        #expect((0..<1_000).allSatisfy { _ in !none.begin(under: nil, epochSeconds: 7).isSampled })
    }

    @Test func `callers' wishes are granted up to a bound each second, and beyond that the share decides`() {
        var tracer = tracer(TraceSampling(share: 0, extraPerSecond: 10), loops: 2)
        let first = (0..<20).filter { _ in tracer.begin(under: parent, epochSeconds: 7).isSampled }
        #expect(first.count == 5)
        let next = (0..<20).filter { _ in tracer.begin(under: parent, epochSeconds: 8).isSampled }
        #expect(next.count == 5)
        var none = self.tracer(TraceSampling(share: 0, extraPerSecond: 0))
        #expect(!none.begin(under: parent, epochSeconds: 7).isSampled)
    }

    @Test func `where callers aren't followed, the ids they choose decide nothing`() {
        var tracer = tracer(TraceSampling(share: 0.1, honorsParent: false))
        // An id that the share would choose in a trace that begins here.
        let chosen = TraceContext(traceID: ID128(high: 1, low: 1), spanID: 1, flags: 1)
        let sampled = (0..<1_000).filter { _ in tracer.begin(under: chosen, epochSeconds: 7).isSampled }
        #expect(40...160 ~= sampled.count)
    }
}
