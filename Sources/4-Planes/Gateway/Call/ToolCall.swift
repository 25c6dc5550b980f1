import Bytes
import Contracts
package import EventLoop
import HTTP
import MCP
package import Policy
import RateLimit
package import Telemetry
package import Tracing

/// One `tools/call`: resolve the tool, take from the limits, build the payload, send it, answer.
///
/// Each step is a value of its own (`ResolvedTool`, `CallLimit`, `CallPayload`, `SentCall`, `CallResult`); this drives
/// them with the endpoint's clocks and counters. It needs no task: the upstream keeps it until the function has answered.
/// `@unchecked`: one loop's thread only.
package final class ToolCall: @unchecked Sendable {
    /// Who gets the outcome.
    enum Asker {
        /// As a whole answer.
        case client(any AgentClient)
        /// As one message among others, for a task that waits.
        case task(CheckedContinuation<Result<ByteBuffer, RPCError>, Never>)
    }

    let request: AgentRequest
    let endpoint: AgentEndpoint
    private let asker: Asker
    /// Set once the call is on its way.
    private var sent: SentCall?
    /// For the upstream: whether it asked for the end of the function's log, to read the report in it.
    package var asksReport = false
    /// Set for a function whose events are HTTP requests.
    var exchange: SessionStep?
    /// Set when the call starts.
    package private(set) var trace = CallTrace()

    init(_ request: consuming AgentRequest, at endpoint: AgentEndpoint, for asker: Asker) {
        self.request = request
        self.endpoint = endpoint
        self.asker = asker
    }

    /// Cancelled when nobody waits for the call any more; nil for a call that goes on.
    package var cancellation: Cancellation? { request.cancellation }

    /// What is counted of the versions that run; nil when the call isn't on its way.
    package var versions: TargetVersions? {
        sent.map { request.state.tools[$0.tool.index].metrics.target.versions }
    }

    /// The tool's index in the state; nil when the call isn't on its way.
    var sentTool: Int? { sent?.tool.index }

    /// Whether the request that is on its way asks for the tool, and not for a session that the tool needs.
    package var isCallingTool: Bool {
        guard let exchange else { return true }
        if case .calling = exchange.stage { return true }
        return false
    }

    /// Which branch of a route serves the call: the one of its session, or that whose turn it is where there is none. All
    /// requests of a call go to one branch, and a function's own session stays with the branch that gave it.
    package func branch(of route: VersionRoute, _ turns: inout VersionTurns) -> Int {
        if let branch = exchange?.branch, route.branches.indices.contains(branch) { return branch }
        let branch = branchByClient(of: route, &turns)
        exchange?.branch = branch
        return branch
    }

    private func branchByClient(of route: VersionRoute, _ turns: inout VersionTurns) -> Int {
        let bytes = request.http.bytes
        guard !request.version.isModern,
            let id = request.http.head.fields.first("mcp-session-id", in: bytes.span), !id.isEmpty
        else { return turns.next(of: route) }
        return route.branch(ofSession: bytes.span.extracting(id))
    }

    /// Whose call it is.
    package var tenant: TenantEntry { request.state.snapshot.tenants[request.caller.principal.tenant] }

    /// What is left of the target's timeout for the request that is sent next; nil for all of it.
    package var timeLeft: Duration? {
        guard let exchange else { return nil }
        let now = EventLoop.currentNs
        return .nanoseconds(exchange.deadline > now ? Int64(clamping: exchange.deadline &- now) : 1)
    }

    /// Goes as far as the function; or to the end, when the call is refused. Once.
    func start() {
        let startedAt = endpoint.loop.now
        trace = endpoint.beginTrace(of: request)
        switch ResolvedTool.resolve(request, nowMs: endpoint.loop.wallMs, tokens: endpoint.tokens) {
        case .failure(let error): tell(.failure(error))
        case .success(let tool): start(tool, request.state.tools[tool.index], startedAt)
        }
    }

    private func start(_ resolved: ResolvedTool, _ tool: CallableTool, _ startedAt: UInt64) {
        tool.metrics.began()
        if let refusal = endpoint.limitRefusal(of: request.caller, resolved) {
            return refuse(refusal, .limited, resolved, tool, startedAt)
        }
        if tool.contract.isHTTP {
            sent = SentCall(tool: resolved, startedAt: startedAt, sentAt: EventLoop.currentNs)
            endpoint.inFlight.began()
            return startExchange(with: tool, timeoutMs: tool.function.entry.timeoutMs)
        }
        let id = endpoint.nextUpstreamID()
        switch CallPayload.build(
            request,
            for: tool,
            id: id,
            seed: endpoint.callIDSeed,
            trace: trace,
            caller: endpoint.identity(of: request, calling: tool, id: id)
        ) {
        case .failure(let error): refuse(error, .refused, resolved, tool, startedAt)
        case .success(let event):
            sent = SentCall(tool: resolved, startedAt: startedAt, sentAt: EventLoop.currentNs)
            endpoint.inFlight.began()
            let tenant = request.state.tenants[request.caller.principal.tenant]
            endpoint.upstream.invoke(tool.function, as: tenant, event: event, for: self)
        }
    }

    /// Ends a call that reaches no function.
    private func refuse(
        _ error: RPCError,
        _ outcome: CallOutcome,
        _ resolved: ResolvedTool,
        _ tool: CallableTool,
        _ startedAt: UInt64
    ) {
        let ownNs = EventLoop.currentNs &- startedAt
        tool.metrics.ended(outcome, ownNanoseconds: ownNs, upstreamNanoseconds: nil)
        endpoint.usage.count(request.caller, tool: resolved.index, outcome, nanoseconds: 0)
        tell(.failure(error))
    }

    /// The function has answered, or never will. For the upstream, once; it may be asked for another call from here.
    package func received(_ outcome: consuming UpstreamOutcome) {
        guard let sent else { return }
        let tool = request.state.tools[sent.tool.index]
        if let exchange { return received(outcome, at: exchange, from: tool) }
        let answeredAt = endpoint.loop.now
        let result: CallResult
        switch outcome {
        case .failed(let failure): result = CallResult(failure, of: request)
        case .answered(let answer):
            result = CallResult(answer, by: tool.contract, of: request)
            endpoint.upstream.recycle(answer.bytes)
        }
        end(result, answeredAt)
    }

    /// The call has come to its end after it was sent.
    func end(_ result: CallResult) { end(result, endpoint.loop.now) }

    private func end(_ result: CallResult, _ answeredAt: UInt64) {
        guard let sent else { return }
        self.sent = nil
        let tool = request.state.tools[sent.tool.index]
        if let failure = result.failure { endpoint.log(failure, of: tool) }
        if result.outcome != .ok { endpoint.note(result, of: tool) }
        let took = sent.durations(answeredAt: answeredAt, endedAt: EventLoop.currentNs)
        tool.metrics.ended(result.outcome, ownNanoseconds: took.own, upstreamNanoseconds: took.upstream)
        endpoint.usage.count(request.caller, tool: sent.tool.index, result.outcome, nanoseconds: took.whole)
        endpoint.inFlight.ended()
        tell(result.message)
    }

    private func tell(_ outcome: Result<ByteBuffer, RPCError>) {
        switch asker {
        case .client(let client): client.receive(endpoint.answer(outcome, to: request), from: endpoint)
        case .task(let continuation): continuation.resume(returning: outcome)
        }
    }
}

extension AgentEndpoint {
    /// Takes a call from the limits; the error when one of them is used up.
    fileprivate func limitRefusal(of caller: Caller, _ tool: ResolvedTool) -> RPCError? {
        if caller.state.limits.isEmpty { return nil }
        moment.move(to: loop.now, wallMs: loop.wallMs)
        return CallLimit.refusal(of: caller, tool, at: moment)
    }

    func nextUpstreamID() -> Int {
        lastUpstreamID = lastUpstreamID >= 1 << 52 ? 1 : lastUpstreamID + 1
        return lastUpstreamID
    }

    /// Who calls, as the function may know it.
    /// - Parameters:
    ///   - id: of the call on this loop.
    ///   - deadline: on the loop's clock, in nanoseconds; nil for the target's timeout from now.
    func identity(
        of request: borrowing AgentRequest,
        calling tool: CallableTool,
        id: Int,
        deadline: UInt64? = nil
    ) -> CallerIdentity {
        // As old as `wallMs` is.
        let now = loop.now
        let leftMs =
            deadline.map { Int64(clamping: ($0 > now ? $0 &- now : 0) / 1_000_000) }
            ?? Int64(tool.function.entry.timeoutMs)
        let caller = request.caller
        let snapshot = caller.state.snapshot
        var identity = CallerIdentity(
            tenant: snapshot.tenants[caller.principal.tenant].name,
            requestID: CallID(seed: callIDSeed, number: id),
            deadlineMs: loop.wallMs + leftMs
        )
        switch caller.principal.credential {
        case .key(let key): identity.keyPrefix = snapshot.keys[key].prefix
        case .token:
            identity.subject = caller.token.flatMap { token in
                let held = request.http.bytes
                return tokens?.subject(of: held.span.extracting(token), nowMs: loop.wallMs)
            }
        }
        return identity
    }

    /// Keeps why a call failed, for whoever asks how the target does. Nothing of a result is kept.
    fileprivate func note(_ result: CallResult, of tool: CallableTool) {
        guard result.outcome.isCall else { return }
        tool.metrics.failed(
            code: result.failure?.code.rawValue ?? result.outcome.label,
            text: result.failure?.summary ?? "the tool answered with an error of its own",
            atMs: loop.wallMs
        )
    }

    func log(_ failure: UpstreamFailure, of tool: CallableTool) {
        log.write(
            failureLevel(failure.code == .functionError ? .info : .warning),
            "a call failed",
            [
                ("target", tool.function.entry.name), ("tool", tool.name), ("code", failure.code.rawValue),
                ("request_id", failure.requestID ?? ""), ("error", failure.detail),
            ]
        )
    }
}

extension UpstreamFailure {
    /// The detail, with the function's own name for its error where it isn't there yet.
    fileprivate var summary: String {
        guard let type = errorType.flatMap({ FailureText.type($0) }), !detail.contains(type) else {
            return detail
        }
        return "\(detail) (\(type))"
    }
}
