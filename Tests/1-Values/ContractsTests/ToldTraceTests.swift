import Bytes
import Contracts
import JSON
import Testing
import Tracing

struct ToldTraceTests {
    private static let context = TraceContext(traceID: ID128(high: 1, low: 2), spanID: 3, flags: 1)
    private static let traceparent = "00-00000000000000010000000000000002-0000000000000003-01"
    private static let theirs =
        #"{"arguments":{},"_meta":{"traceparent":"00-a","tracestate":"x=1","baggage":"b=1","progressToken":"p"}}"#

    private func event(
        _ contract: Contract,
        _ trace: ToldTrace?,
        _ request: String = theirs,
        identity: CallerIdentity? = nil
    ) throws -> CallEvent {
        let bytes = Array(request.utf8)
        let whole = try JSON.validate(bytes.span)
        var content = CallContent(
            tool: "t",
            target: "shop",
            arguments: JSON.member("arguments", of: whole, in: bytes.span),
            meta: JSON.member("_meta", of: whole, in: bytes.span),
            id: 8
        )
        content.trace = trace
        content.caller = identity
        var event = CallEvent(payload: ByteBuffer())
        try contract.appendCall(content, of: bytes.span, to: &event)
        trace?.add(to: &event)
        _ = try JSON.validate(event.payload.bytes.span)
        if let context = event.clientContext { _ = try JSON.validate(context.bytes.span) }
        return event
    }

    @Test func `the gateway's trace context replaces the client's, and the client's baggage is kept`() throws
    {
        let told = ToldTrace(Self.context, state: ByteBuffer(#"y="2""#))
        #expect(
            try event(.jsonrpc, told).payload.text
                == #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"t","arguments":{},"#
                + #""_meta":{"traceparent":"\#(Self.traceparent)","tracestate":"y=\"2\"","#
                + #""baggage":"b=1","progressToken":"p"}}}"#
        )
        #expect(
            try event(.jsonrpc, ToldTrace(Self.context), #"{"arguments":{}}"#).payload.text
                == #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"t","arguments":{},"#
                + #""_meta":{"traceparent":"\#(Self.traceparent)"}}}"#
        )
    }

    @Test func `the trace context is in _meta beside the caller's identity`() throws {
        let identity = CallerIdentity(tenant: "acme", requestID: .none, deadlineMs: 5)
        let text = try event(.jsonrpc, ToldTrace(Self.context), identity: identity).payload.text
        #expect(text.contains(#""deadlineMs":5},"traceparent":"\#(Self.traceparent)","#))
    }

    @Test func `without a trace of the gateway, the client's trace members are passed on unchanged`() throws {
        let text = try event(.jsonrpc, nil).payload.text
        #expect(
            text.hasSuffix(
                #""_meta":{"traceparent":"00-a","tracestate":"x=1","baggage":"b=1","progressToken":"p"}}}"#
            )
        )
    }

    @Test(arguments: [Contract.mcpWrapper, .function])
    func `contracts without _meta get no trace in the event`(_ contract: Contract) throws {
        let event = try event(contract, ToldTrace(Self.context))
        #expect(!event.payload.text.contains("trace") && event.clientContext == nil)
    }

    @Test func `an HTTP event has the trace context in its body`() throws {
        #expect(try event(.httpV2, ToldTrace(Self.context)).payload.text.contains(Self.traceparent))
    }

    @Test func `a client context has the trace as w3c, before the contract's members`() throws {
        let told = ToldTrace(Self.context, state: ByteBuffer("y=2"))
        let context = try #require(try event(.agentcore, told).clientContext).text
        #expect(
            context.hasPrefix(
                #"{"w3c":{"traceparent":"\#(Self.traceparent)","tracestate":"y=2"},"custom":{"bedrockAgentCore"#
            )
        )
    }

    @Test func `the trace is left out of a client context that would become too long`() {
        let room = CallEvent.clientContextBytesMax
        for (count, isTold) in [(room - 80, true), (room - 79, false), (room, false)] {
            let filler = String(repeating: "x", count: count - #"{"custom":""}"#.utf8.count)
            var event = CallEvent(payload: ByteBuffer())
            event.clientContext = ByteBuffer(#"{"custom":"\#(filler)"}"#)
            ToldTrace(Self.context).add(to: &event)
            #expect(event.clientContext?.text.contains("w3c") == isTold)
            #expect((event.clientContext?.count ?? 0) <= room)
        }
    }
}
