import Bytes
import Contracts
package import EventLoop
import HTTP
import MCP
package import Policy
import RateLimit
package import Telemetry
package import Tracing

/// One `tools/call`: resolve the tool, take from the limits, build the payload, send it, answer. Also one `prompts/get`,
/// `resources/read` or `completion/complete`, which goes the same way but for its first step (`EntryResolution`).
///
/// Each step is a value of its own (`ResolvedTool`, `CallLimit`, `CallPayload`, `SentCall`, `CallResult`); this class
/// runs them with the endpoint's clocks and counters. It needs no task: the upstream retains it until the function has
/// answered.
/// Its endpoint's loop only.
package final class ToolCall {
    /// The receiver of the outcome.
    enum Asker {
        /// Gets a whole answer.
        case client(any AgentClient)
        /// As one message among others; called once. A closure, and not the continuation of the task that waits: its size is
        /// known at run time only, so that each access to a member of the call would have to look up where it is.
        case task((Result<ByteBuffer, RPCError>) -> Void)
    }

    let request: AgentRequest
    let endpoint: AgentEndpoint
    let asker: Asker
    /// Set once the call is on its way.
    private(set) var sent: SentCall?
    /// For the upstream: whether it requested the end of the function's log, to read the report in it.
    package var asksReport = false
    /// For the upstream: whether the function runs on this machine, where it costs nothing.
    package var isLocal = false
    /// What the call has taken from budgets.
    var hold = BudgetHold()
    /// Set for a function whose events are HTTP requests.
    var exchange: SessionStep? {
        get { extras?.step }
        set { needExtras().step = newValue }
    }
    /// Apart from the call, because most calls have none.
    private(set) var extras: CallExtras?
    /// Set when the call starts.
    package private(set) var trace = CallTrace()
    /// The call's id, for functions that want it and for the call's record.
    private(set) var id = CallID.none
    /// The call's record, as far as it is known; kept at the end.
    var record = CallRecord()
    /// Set for a tool with a timeout of its own; else 0.
    private var ownTimeoutMs = 0
    /// Whether the call's function has run, as far as the answers show.
    var execution = Execution.none
    /// Set for a call that is no tool's.
    var asked: AskedEntry?
    /// What the caller can be asked for, and what it answers to an earlier round; nil for most calls.
    var input: CallerInput?
    /// The subject of an access token, for the record; read early, because the token may have expired by the end.
    var subject: String?
    /// When the call started, in nanoseconds of the loop's clock.
    private(set) var startedAt: UInt64 = 0
    /// When the tool was found and the caller was allowed to call it, on the same clock; 0 before, and for calls whose
    /// trace isn't sampled.
    private(set) var resolvedAt: UInt64 = 0
    /// When the permissions and limits had let the call through, on the same clock; 0 before.
    private(set) var authorizedAt: UInt64 = 0

    init(_ request: consuming AgentRequest, at endpoint: AgentEndpoint, for asker: Asker) {
        self.request = request
        self.endpoint = endpoint
        self.asker = asker
    }

    /// Cancelled when nobody waits for the call any more; nil for a call that goes on all the same.
    package var cancellation: Cancellation? { request.cancellation }

    /// For the upstream: whether a budget has to be settled by the duration that Lambda reports for the call.
    package var isBudgeted: Bool { hold.isHeld }

    /// The counters of the target's versions; nil when the call isn't on its way.
    package var versions: TargetVersions? {
        sent.map { request.state.tools[$0.tool.index].metrics.target.versions }
    }

    func needExtras() -> CallExtras {
        if let extras { return extras }
        let made = CallExtras()
        extras = made
        return made
    }

    /// The tool's index in the state; nil when the call isn't on its way.
    var sentTool: Int? { sent?.tool.index }

    /// Whether the request on its way calls the tool itself, and not for a session that the tool needs.
    package var isCallingTool: Bool {
        guard let exchange else { return true }
        if case .calling = exchange.stage { return true }
        return false
    }

    /// The branch of a route that serves the call: its session's branch, or the branch whose turn it is when there is
    /// no session. All requests of a call go to one branch, and a function's own session stays with the branch that
    /// gave it.
    package func branch(of route: VersionRoute, _ turns: inout VersionTurns) -> Int {
        if let branch = exchange?.branch, route.branches.indices.contains(branch) { return branch }
        let branch = branchByClient(of: route, &turns)
        exchange?.branch = branch
        return branch
    }

    private func branchByClient(of route: VersionRoute, _ turns: inout VersionTurns) -> Int {
        let bytes = request.http.bytes
        guard !request.version.isModern,
            let id = request.http.head.fields.first(.mcpSessionID), !id.isEmpty
        else { return turns.next(of: route) }
        return route.branch(ofSession: bytes.span.extracting(id))
    }

    /// The tenant that calls.
    package var tenant: TenantEntry { request.state.snapshot.tenants[request.caller.principal.tenant] }

    /// The part of the tool's timeout that is left for the next request; nil for all of the target's.
    package var timeLeft: Duration? {
        guard let exchange else {
            if let rounds = extras?.rounds { return rounds.timeLeft }
            return ownTimeoutMs == 0 ? nil : .milliseconds(ownTimeoutMs)
        }
        let now = EventLoop.currentNs
        return .nanoseconds(exchange.deadline > now ? Int64(clamping: exchange.deadline &- now) : 1)
    }

    /// Sends the call to its function, or ends it when it is refused. Call this once.
    func start() {
        begin()
        guard request.message.method == .toolsCall else { return startQuestion() }
        switch ResolvedTool.resolve(request, nowMs: endpoint.loop.wallMs, tokens: endpoint.tokens) {
        case .failure(let error): refuseUnresolved(error)
        case .success(let tool): start(tool, request.state.tools[tool.index])
        }
    }

    /// Ends a call that names nothing that the caller has. It takes from no limit of calls, so it counts as a request.
    func refuseUnresolved(_ error: RPCError) {
        if let refusal = endpoint.requestRefusal(request.caller) {
            return tell(
                .failure(refusal),
                CallEnd(.limited, code: "rate_limited", at: EventLoop.currentNs)
            )
        }
        let isNamed = request.message.name != nil || request.message.uri != nil
        let code = isNamed ? error.code.wordOfUnresolved(request.message.method) : error.code.word
        tell(.failure(error), CallEnd(.refused, code: code, at: EventLoop.currentNs))
    }

    private func begin() {
        startedAt = endpoint.loop.now
        id = endpoint.nextCallID()
        record.startedAtUs = endpoint.loop.wallUs
        trace = endpoint.beginTrace(of: request)
        if endpoint.recorder != nil, request.caller.token != nil { subject = endpoint.subject(of: request) }
    }

    func start(_ resolved: ResolvedTool, _ tool: CallableTool) {
        tool.metrics.began()
        // Only spans need the time between the two steps.
        if trace.isSampled { resolvedAt = EventLoop.currentNs }
        if let refusal = endpoint.limitRefusal(of: request.caller, resolved, tool, &hold) {
            return refuse(refusal.error, .limited, refusal.code, resolved, tool)
        }
        authorizedAt = EventLoop.currentNs
        if request.mayHaveInput, let error = takeInput(for: tool, resolved) {
            return refuse(error, .refused, error.code.word, resolved, tool)
        }
        if tool.function.entry.invoke.streaming {
            prepareLogs()
        } else {
            if request.message.progressToken != nil { beginOwnProgress() }
            // A function behind HTTP events may say something in the body that has its answer.
            if tool.contract.isHTTP, request.message.logLevel != nil { prepareLogs() }
        }
        ownTimeoutMs = tool.ownTimeoutMs
        if tool.contract.isHTTP {
            sent = SentCall(tool: resolved, startedAt: startedAt, sentAt: authorizedAt)
            endpoint.inFlight.began()
            return startExchange(with: tool, timeoutMs: tool.timeoutMs)
        }
        switch event(for: tool) {
        case .failure(let error): refuse(error, .refused, error.code.word, resolved, tool)
        case .success(let event):
            sent = SentCall(tool: resolved, startedAt: startedAt, sentAt: EventLoop.currentNs)
            endpoint.inFlight.began()
            record.attempts = 1
            let tenant = request.state.tenants[request.caller.principal.tenant]
            endpoint.upstream.invoke(tool.function, as: tenant, event: event, for: self)
        }
    }

    /// The event of a round of the call.
    /// - Parameter deadline: on the loop's clock, in nanoseconds; nil for the tool's timeout from now.
    func event(for tool: CallableTool, deadline: UInt64? = nil) -> Result<CallEvent, RPCError> {
        let number = endpoint.nextUpstreamID()
        extras?.messageID = number
        return CallPayload.build(
            request,
            for: tool,
            id: number,
            callID: id,
            trace: trace,
            asked: asked,
            input: input,
            level: extras?.level,
            caller: identity(of: tool, deadline: deadline)
        )
    }

    /// Ends a call that reaches no function.
    private func refuse(
        _ error: RPCError,
        _ outcome: CallOutcome,
        _ code: String,
        _ resolved: ResolvedTool,
        _ tool: CallableTool
    ) {
        let endedAt = EventLoop.currentNs
        extras?.progress?.end()
        tool.metrics.ended(outcome, ownNanoseconds: endedAt &- startedAt, upstreamNanoseconds: nil)
        tell(.failure(error), CallEnd(outcome, code: code, tool: resolved.index, at: endedAt))
    }

    /// Handles the function's answer or failure. For the upstream, once for each request; this may call the upstream
    /// again.
    package func received(_ outcome: consuming UpstreamOutcome) {
        guard let sent else { return }
        note(outcome)
        let tool = request.state.tools[sent.tool.index]
        if extras == nil { answered(outcome, by: tool) } else { receivedAtStep(outcome, from: tool) }
    }

    private func receivedAtStep(_ outcome: consuming UpstreamOutcome, from tool: CallableTool) {
        if let step = exchange {
            received(outcome, at: step, from: tool)
        } else {
            answered(outcome, by: tool)
        }
    }

    private func answered(_ outcome: consuming UpstreamOutcome, by tool: CallableTool) {
        let answeredAt = endpoint.loop.now
        let result: CallResult
        switch consume outcome {
        case .failed(let failure): result = CallResult(failure, of: request)
        case .answered(let answer):
            result = CallResult(answer, by: tool, of: request, in: self)
            endpoint.upstream.recycle(answer.bytes)
        }
        end(result, answeredAt)
    }

    /// Ends a call that was sent.
    func end(_ result: CallResult) { end(result, endpoint.loop.now) }

    private func end(_ result: CallResult, _ answeredAt: UInt64) {
        guard let sent else { return }
        if let questions = result.questions { return ask(questions) }
        self.sent = nil
        extras?.progress?.end()
        let tool = request.state.tools[sent.tool.index]
        if let failure = result.failure { endpoint.log(failure, of: tool) }
        if result.outcome != .ok { endpoint.note(result, of: tool) }
        let endedAt = EventLoop.currentNs
        let took = sent.durations(answeredAt: answeredAt, endedAt: endedAt)
        // What a client took to answer is not the function's time.
        let waitedNs = extras?.rounds?.waitedNs ?? 0
        tool.metrics.ended(
            result.outcome,
            ownNanoseconds: took.own,
            upstreamNanoseconds: took.upstream &- min(waitedNs, took.upstream)
        )
        endpoint.inFlight.ended()
        var end = CallEnd(result.outcome, code: result.code, tool: sent.tool.index, at: endedAt)
        end.sentAt = sent.sentAt
        end.answeredAt = max(answeredAt, sent.sentAt)
        tell(result.message, end)
    }

    private func tell(_ message: Result<ByteBuffer, RPCError>, _ end: CallEnd) {
        if end.outcome == .cancelled, wasCancelledByMessage { return tellNothing(end) }
        switch asker {
        case .client(let client):
            if let events = extras?.events { return tell(client, message, end, by: events) }
            let response = endpoint.response(message, to: request)
            settle(end, bytesIn: request.http.body.count, bytesOut: response.body.count)
            keep(end, message)
            client.receive(.whole(response), from: endpoint)
        case .task(let resume):
            // Only this message's part of the batch counts.
            settle(end, bytesIn: request.message.params?.count ?? 0, bytesOut: request.message(message).count)
            keep(end, message)
            resume(message)
        }
    }

    private var wasCancelledByMessage: Bool {
        !request.version.isModern && request.cancellation?.isCancelled == true
    }

    /// Ends a legacy call that its client has cancelled: such a call has no answer.
    private func tellNothing(_ end: CallEnd) {
        let empty = Result<ByteBuffer, RPCError>.success(ByteBuffer())
        switch asker {
        case .client(let client):
            if let events = extras?.events { return tell(client, empty, end, by: events) }
            settle(end, bytesIn: request.http.body.count, bytesOut: 0)
            keep(end, empty)
            endpoint.counters.count(.legacy, 202)
            client.receive(.whole(Response(status: 202)), from: endpoint)
        case .task(let resume):
            settle(end, bytesIn: request.message.params?.count ?? 0, bytesOut: 0)
            keep(end, empty)
            resume(empty)
        }
    }
}

extension ToolCall {
    /// The caller's identity, as far as the function may know it.
    /// - Parameter deadline: on the loop's clock, in nanoseconds; nil for the tool's timeout from now.
    func identity(of tool: CallableTool, deadline: UInt64? = nil) -> CallerIdentity {
        // `loop.now` and `wallMs` were read at the same time.
        let now = endpoint.loop.now
        let leftMs =
            deadline.map { Int64(clamping: ($0 > now ? $0 &- now : 0) / 1_000_000) }
            ?? Int64(tool.timeoutMs)
        let caller = request.caller
        let snapshot = caller.state.snapshot
        var identity = CallerIdentity(
            tenant: snapshot.tenants[caller.principal.tenant].name,
            requestID: id,
            deadlineMs: endpoint.loop.wallMs + leftMs
        )
        switch caller.principal.credential {
        case .key(let key): identity.keyPrefix = snapshot.keys[key].prefix
        case .token: identity.subject = endpoint.subject(of: request)
        }
        return identity
    }
}

extension AgentEndpoint {
    /// Takes a call from the limits; returns the refusal when one of them is used up.
    fileprivate func limitRefusal(
        of caller: Caller,
        _ resolved: ResolvedTool,
        _ tool: CallableTool,
        _ hold: inout BudgetHold
    ) -> CallLimit.Refusal? {
        if caller.state.limits.isEmpty { return nil }
        moment.move(to: loop.now, wallMs: loop.wallMs)
        guard let refusal = CallLimit.refusal(of: caller, resolved, tool, at: moment, &hold) else {
            return nil
        }
        counters.count(refusal.metric, of: refusal.scope)
        return refusal
    }

    func nextUpstreamID() -> Int {
        lastUpstreamID = lastUpstreamID >= 1 << 52 ? 1 : lastUpstreamID + 1
        return lastUpstreamID
    }

    fileprivate func nextCallID() -> CallID {
        lastCallNumber &+= 1
        return CallID(seed: callIDSeed, number: lastCallNumber, ms: loop.wallMs)
    }

    /// The subject of the request's token.
    fileprivate func subject(of request: borrowing AgentRequest) -> String? {
        guard let token = request.caller.token else { return nil }
        let held = request.http.bytes
        return tokens?.subject(of: held.span.extracting(token), nowMs: loop.wallMs)
    }

    /// Keeps the reason why a call failed, for the target's status. Nothing of a result is kept.
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
            failure.code == .functionError || failure.code == .inputRequired ? .info : .warning,
            "a call failed",
            [
                ("target", tool.function.entry.name), ("tool", tool.kind.catalogName(tool.name)),
                ("code", failure.code.rawValue),
                ("request_id", failure.requestID ?? ""), ("error", failure.detail),
            ]
        )
    }
}

extension UpstreamFailure {
    /// The detail, with the function's own name for its error if the detail doesn't have it yet.
    fileprivate var summary: String {
        guard let type = errorType.flatMap({ FailureText.type($0) }), !detail.contains(type) else {
            return detail
        }
        return "\(detail) (\(type))"
    }
}
