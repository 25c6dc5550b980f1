import Bytes
import Contracts
import HTTP
import JSON
import MCP
import Policy
import RateLimit
import Telemetry
import Testing

@testable import Gateway

/// The steps of a call, each by itself: no loop, no socket, no endpoint.
struct CallStepTests {
    private static let metrics = GatewayMetrics()

    private static func state(_ snapshot: Snapshot = Sample.snapshot()) -> GatewayState {
        let identity = ServerIdentity(name: "gateway", version: "1.2", instructions: nil)
        return GatewayState(snapshot, settings: GatewayState.Settings(identity: identity), metrics: metrics)
    }

    private func request(
        _ ask: Ask,
        _ state: GatewayState = CallStepTests.state(),
        principal: Principal = Principal(tenant: 0, key: 0)
    ) throws -> AgentRequest {
        let http = try ask.request()
        let caller = Caller(principal: principal, state: state, token: nil)
        switch Inbound.classify(http) {
        case .modern(let message): return AgentRequest(message, http, caller, .v20260728)
        case .legacy(let message, let version):
            return AgentRequest(message, http, caller, version ?? .assumed)
        default: throw Ask.Incomplete()
        }
    }

    private func build(_ request: AgentRequest, _ tool: CallableTool) -> Result<CallEvent, RPCError> {
        CallPayload.build(
            request,
            for: tool,
            id: 7,
            callID: CallID(seed: CallIDSeed(high: 1, low: 2), number: 3, ms: 4)
        )
    }

    private func text(_ result: CallResult) throws -> String { try result.message.get().text }

    // MARK: Resolve

    struct Name: Sendable {
        let name: String
        var key = 0
        /// The target's own name for the tool; nil when it can't be called.
        let tool: String?
    }

    @Test(arguments: [
        Name(name: "time___now", tool: "now"),
        Name(name: #"time\u005f__now"#, tool: "now"),
        Name(name: "rpc___echo", tool: "echo"),
        Name(name: "rpc___echo", key: 2, tool: nil),  // outside the key's patterns
        Name(name: "time___now", key: 2, tool: "now"),
        Name(name: "time___held", tool: nil),  // in quarantine
        Name(name: "off___gone", tool: nil),  // its target is disabled
        Name(name: "time___none", tool: nil),
    ])
    func `a named tool is found only if the caller may call it`(_ row: Name) throws {
        let state = Self.state()
        let request = try request(
            .legacyCall(row.name),
            state,
            principal: Principal(tenant: 0, key: row.key)
        )
        switch ResolvedTool.resolve(request, nowMs: 1, tokens: nil) {
        case .success(let found): #expect(state.tools[found.index].name == row.tool)
        case .failure(let error):
            #expect(row.tool == nil)
            #expect(error.code == .invalidParams)
            #expect(error.message.contains("Unknown tool"))
        }
    }

    // MARK: Limit

    @Test func `a call is taken from its limits until one of them is used up`() throws {
        let limit = LimitEntry(id: 1, scope: .tenant(0), rate: hourly(2))
        let state = Self.state(limited([limit]))
        let caller = Caller(principal: Principal(tenant: 0, key: 0), state: state, token: nil)
        let tool = ResolvedTool(index: 0)
        let moment = LimitMoment(nowNs: 1_000_000_000, wallMs: 1_795_219_200_000)
        var hold = BudgetHold()
        func refusal() -> CallLimit.Refusal? {
            CallLimit.refusal(of: caller, tool, state.tools[0], at: moment, &hold)
        }
        for _ in 0..<2 {
            let isTaken = refusal() == nil
            #expect(isTaken)
        }
        let third = refusal()
        let refusal = try #require(third)
        #expect(refusal.error.code == .limitExceeded)
        #expect(refusal.error.message.contains("for this tenant"))
        #expect(refusal.code == "rate_limited")
    }

    // MARK: Payload

    @Test func `the payload follows the target's contract`() throws {
        let request = try request(.modernCall("rpc___echo", #"{"a":1}"#))
        let tool = try #require(request.state.tools.first { $0.name == "echo" })
        let event = try build(request, tool).get()
        #expect(event.payload.text.hasPrefix(#"{"jsonrpc":"2.0","id":7,"#))
        #expect(event.payload.text.contains(#""arguments":{"a":1}"#))
    }

    private func tool(_ name: String, target: String = "shop", _ contract: Contract) -> CallableTool {
        let entry = TargetEntry(id: 1, name: target, function: "fn", contract: contract)
        return CallableTool(
            name: name,
            contract: contract,
            function: UpstreamFunction(entry),
            headerParameters: .none,
            metrics: Self.metrics.call(target: target, tool: name)
        )
    }

    @Test func `an AgentCore function gets the tool, target and ids in the client context`() throws {
        for ask in [
            Ask.modernCall("rpc___echo", #"{"a":1}"#, id: #""id-\u0041""#),
            .legacyCall("rpc___echo", #"{"a":1}"#, id: #""id-\u0041""#),
        ] {
            let event = try build(try request(ask), tool("query", .agentcore)).get()
            #expect(event.payload.text == #"{"a":1}"#)
            let context = try JSONValue(parsing: try #require(event.clientContext).text)
            #expect(context["custom"]?["bedrockAgentCoreToolName"] == "shop___query")
            #expect(context["custom"]?["bedrockAgentCoreTargetId"] == "shop")
            #expect(context["custom"]?["bedrockAgentCoreMcpMessageId"] == "id-A")
            #expect(context["custom"]?["bedrockAgentCoreAwsRequestId"]?.stringValue?.utf8.count == 36)
        }
    }

    @Test func `a tool name too long for the client context is an error for the caller`() throws {
        let request = try request(.modernCall("rpc___echo"))
        let name = String(repeating: "n", count: 3_000)
        guard case .failure(let error) = build(request, tool(name, .agentcore)) else {
            Issue.record("Lambda would refuse this")
            return
        }
        #expect(error.code == .invalidParams)
        #expect(error.message.contains("Lambda takes 2685"))
    }

    @Test func `a plain function has no client context`() throws {
        let event = try build(try request(.modernCall("rpc___echo", #"{"a":1}"#)), tool("t", .function)).get()
        #expect(event.payload.text == #"{"a":1}"#)
        #expect(event.clientContext == nil)
    }

    @Test func `mirrored arguments are checked only for modern calls`() throws {
        let arguments = #"{"region":"eu"}"#
        let modern = try request(.modernCall("rpc___query", arguments))
        let tool = try #require(modern.state.tools.first { $0.name == "query" })
        #expect(throws: RPCError.self) { try build(modern, tool).get() }
        let legacy = try request(.legacyCall("rpc___query", arguments))
        _ = try build(legacy, tool).get()
    }

    // MARK: Sent

    struct Times: Sendable {
        let answeredAt: UInt64
        let endedAt: UInt64
        let durations: CallDurations
    }

    @Test(arguments: [
        Times(answeredAt: 500, endedAt: 530, durations: CallDurations(own: 50, upstream: 380, whole: 430)),
        // The answer came in the same turn that sent the call, and that turn began earlier.
        Times(answeredAt: 100, endedAt: 150, durations: CallDurations(own: 50, upstream: 0, whole: 50)),
    ])
    func `the gateway's own time and the function's time add up to the whole`(_ row: Times) {
        let sent = SentCall(tool: ResolvedTool(index: 0), startedAt: 100, sentAt: 120)
        let durations = sent.durations(answeredAt: row.answeredAt, endedAt: row.endedAt)
        #expect(durations == row.durations)
        #expect(durations.own + durations.upstream == durations.whole)
    }

    // MARK: Answered

    private func result(_ outcome: UpstreamOutcome, _ ask: Ask) throws -> CallResult {
        let request = try request(ask)
        switch outcome {
        case .answered(let answer):
            let read = Contract.jsonrpc.readCallAnswer(answer.bytes, payload: answer.payload)
            return CallResult(read, from: answer, of: request)
        case .failed(let failure): return CallResult(failure, of: request)
        }
    }

    struct Answer: Sendable {
        let payload: String
        let outcome: CallOutcome
        var isLogged = false
        let text: String
    }

    @Test(arguments: [
        Answer(
            payload: #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"hi"}]}}"#,
            outcome: .ok,
            text: #""text":"hi""#
        ),
        Answer(
            payload: #"{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}}"#,
            outcome: .toolError,
            text: #""isError":true"#
        ),
        Answer(payload: "[]", outcome: .badAnswer, isLogged: true, text: #""code":"invalid_answer""#),
    ])
    func `each answer has its result and outcome, and an unusable one is logged`(_ row: Answer) throws {
        for ask in [Ask.modernCall("rpc___echo", id: "41"), .legacyCall("rpc___echo", id: "41")] {
            let result = try result(FakeUpstream.answer(row.payload), ask)
            #expect(result.outcome == row.outcome)
            #expect((result.failure != nil) == row.isLogged)
            #expect(try text(result).hasPrefix(#"{"jsonrpc":"2.0","id":41,"result":{"#))
            #expect(try text(result).contains(row.text))
            _ = try JSON.validate(try text(result).utf8.span)
        }
    }

    @Test func `a JSON-RPC error of the function is passed on as an error`() throws {
        let payload = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}"#
        let result = try result(FakeUpstream.answer(payload), .modernCall("rpc___echo"))
        #expect(result.outcome == .toolError)
        guard case .failure(let error) = result.message else {
            Issue.record("the error became a result")
            return
        }
        #expect(error.message == "no")
    }

    @Test(arguments: UpstreamFailure.Code.allCases)
    func `a failure becomes a result for the model and, unless cancelled, a log line`(
        _ code: UpstreamFailure.Code
    )
        throws
    {
        let failure = UpstreamFailure(code: code, message: "m", detail: "d", requestID: "r")
        let result = try result(.failed(failure), .modernCall("rpc___echo"))
        #expect(result.outcome != .ok)
        #expect(try text(result).contains(#""code":"\#(code.rawValue)""#))
        // Nobody waits for a call that was cancelled.
        #expect(result.failure == (code == .cancelled ? nil : failure))
    }
}
