import Bytes
import Contracts
package import EventLoop
package import HTTP
import JSON
import MCP
import Policy
import RateLimit
package import Telemetry
package import Tracing

/// Answers agents' requests to the MCP endpoint, in both protocol eras. One per loop.
///
/// Every era and method goes the same way: admission, classification, the one authorisation decision. `@unchecked`: one
/// loop's thread only.
package final class AgentEndpoint: @unchecked Sendable {
    package let loop: EventLoop
    let upstream: any Upstream
    let sessions: SessionIDs
    let lists = ListCache()
    let usage = UsageRecorder()
    /// Of each call that ends; nil where nobody wants to know.
    let recorder: CallRecorder?
    let inFlight = CallsInFlight()
    let streams: StreamHub
    let log: GatewayLog
    let tokens: (any TokenAuthority)?
    package let admission: Admission
    var counters: RequestCounters
    /// A dead target causes these lines for every call.
    /// Replaced, on the loop, when the settings are.
    package var sourceCheck: SourceCheck {
        get { admission.sourceCheck }
        set { admission.sourceCheck = newValue }
    }
    /// What is served from; replaced whole, on the loop, whenever anything changed.
    package var state: GatewayState {
        get { admission.state }
        set {
            admission.state = newValue
            lists.adopt(newValue)
            streams.adopt(newValue)
            usage.adopt(newValue)
            recorder?.adopt(newValue.names)
            functionSessions.retain(functions: newValue.functions, tenants: newValue.snapshot.tenants)
        }
    }
    /// When the last call with limits was made: the next is mostly of the same day.
    var moment: LimitMoment
    /// Ids of messages to functions; unique on this loop, as one connection may not see one twice.
    var lastUpstreamID = 0
    /// Counts this loop's calls, for their ids.
    var lastCallNumber = 0
    /// Of functions whose events are HTTP requests.
    var functionSessions = FunctionSessions()
    /// Begins the calls' traces.
    var tracer: CallTracer
    /// What ids of calls are made from.
    let callIDSeed = CallIDSeed(high: .random(in: .min ... .max), low: .random(in: .min ... .max))

    /// - Parameters:
    ///   - sessionSecret: the store's; what legacy session ids are signed with.
    ///   - loginThrottle: shared by all loops, as its limits are.
    ///   - streamBounds: shared by all loops.
    ///   - tokens: judges what isn't a key; nil where keys alone are accepted.
    ///   - stateLook: looks for a newer state before a key is refused; shared by all loops.
    ///   - recorder: of this loop; nil where no records of calls are wanted.
    ///   - tracer: decides about the calls' traces.
    package init(
        loop: EventLoop,
        state: GatewayState,
        upstream: any Upstream,
        sessionSecret: [UInt8],
        sourceCheck: SourceCheck,
        loginThrottle: LoginThrottle = LoginThrottle(),
        tokens: (any TokenAuthority)? = nil,
        stateLook: (any StateLook)? = nil,
        metrics: GatewayMetrics,
        log: GatewayLog,
        streamBounds: StreamBounds = StreamBounds(),
        recorder: CallRecorder? = nil,
        tracer: CallTracer = CallTracer(nil)
    ) {
        self.loop = loop
        self.recorder = recorder
        self.tracer = tracer
        self.upstream = upstream
        self.tokens = tokens
        self.log = log
        admission = Admission(
            loop: loop,
            state: state,
            sourceCheck: sourceCheck,
            throttle: loginThrottle,
            tokens: tokens,
            stateLook: stateLook,
            metrics: metrics,
            log: log.module(.admission)
        )
        counters = RequestCounters(metrics)
        moment = LimitMoment(nowNs: loop.now, wallMs: loop.wallMs)
        sessions = SessionIDs(secret: sessionSecret)
        streams = StreamHub(loop, state, streamBounds, metrics)
        lists.adopt(state)
        usage.adopt(state)
        recorder?.adopt(state.names)
    }

    /// Serves one request on the loop: `client` gets its answer before this returns, unless something has to be waited for.
    ///
    /// Of what waits, only a modern call ends when its client goes away.
    package func serve(_ request: Request, for client: any AgentClient) {
        serve(request, admission.verdict(on: request), for: client)
    }

    private func serve(_ request: Request, _ verdict: Verdict<Caller>, for client: any AgentClient) {
        switch verdict {
        case .accepted(let caller): route(request, caller, for: client)
        case .refused(let refusal): client.receive(.whole(admission.answer(to: refusal)), from: self)
        case .pending(let pending, _):
            wait { [self] in
                serve(request, await admission.verdict(on: request, after: pending), for: client)
            }
        }
    }

    /// Does in a task what has to be waited for; a drain waits too.
    private func wait(_ work: @escaping @Sendable () async -> Void) {
        inFlight.began()
        Task.immediate(executorPreference: loop) { [self] in
            await work()
            inFlight.ended()
        }
    }

    /// Marks the caller's key as used now.
    func touch(_ caller: Caller) {
        if let key = caller.principal.key { usage.touch(key, of: caller.state, nowMs: loop.wallMs) }
    }

    private func route(_ request: consuming Request, _ caller: Caller, for client: any AgentClient) {
        touch(caller)
        switch request.head.method {
        case .post: post(request, caller, for: client)
        case .get:
            if let refusal = refuseRequest(request, caller) {
                return client.receive(.whole(refusal), from: self)
            }
            client.receive(openLegacyStream(request, caller), from: self)
        default: client.receive(.whole(refuseRequest(request, caller) ?? notAllowed(request)), from: self)
        }
    }

    /// What was used since the last time that this was asked. On the loop.
    package func drainUsage() -> UsageReport { usage.drain() }

    // MARK: The message

    private func post(_ http: consuming Request, _ caller: Caller, for client: any AgentClient) {
        let inbound = Inbound.classify(http)
        if case .modern(let message) = inbound, message.method.asksFunction {
            let cancellation = client.callCancellation
            return ToolCall(
                AgentRequest(message, http, caller, .v20260728, cancellation: cancellation),
                at: self,
                for: .client(client)
            ).start()
        }
        if let counted = inbound.countsAsRequest,
            let refusal = refuseRequest(http, caller, id: counted.id, isModern: counted.isModern)
        {
            return client.receive(.whole(refusal), from: self)
        }
        switch inbound {
        case .modern(let message):
            client.receive(answer(AgentRequest(message, http, caller, .v20260728)), from: self)
        case .legacy(let message, let headerVersion):
            legacy(message, headerVersion, http, caller, for: client)
        case .batch(let messages, let headerVersion):
            let http = http
            wait { [self] in
                let response = await batch(messages, headerVersion, http, caller)
                counters.count(.batch, response.status)
                client.receive(.whole(response), from: self)
            }
        case .accepted:
            counters.count(.notification, 202)
            client.receive(.whole(Response(status: 202)), from: self)
        case .rejected(let rejection):
            counters.count(.rejected, rejection.status)
            client.receive(.whole(rejection.response(in: http)), from: self)
        }
    }

    /// The answer to what no function is asked for.
    func answer(_ request: AgentRequest) -> AgentAnswer {
        if request.version.isModern, request.message.method == .listen { return listen(request) }
        return answer(outcome(of: request), to: request)
    }

    /// What comes of a message that no function is asked for and that has an end. Timed.
    func outcome(of request: AgentRequest) -> Result<ByteBuffer, RPCError> {
        let method = request.message.method
        let isModern = request.version.isModern
        let outcome: Result<ByteBuffer, RPCError> =
            switch method {
            case .toolsList, .promptsList, .resourcesList, .resourceTemplatesList: list(request)
            case .discover where isModern: .success(discover(request))
            case .ping where !isModern: .success(ping(request))
            default: .failure(request.unknownMethod)
            }
        served(method, isError: outcome.isFailure)
        return outcome
    }

    /// Times a request other than a call, which this turn of the loop has brought.
    func served(_ method: MCPMethod, isError: Bool) {
        counters.served(method, isError: isError, nanoseconds: EventLoop.currentNs &- loop.now)
    }

    /// The whole answer around a message, counted.
    func answer(_ outcome: Result<ByteBuffer, RPCError>, to request: borrowing AgentRequest) -> AgentAnswer {
        .whole(response(outcome, to: request))
    }

    /// The same as a response.
    func response(_ outcome: Result<ByteBuffer, RPCError>, to request: borrowing AgentRequest) -> Response {
        let response = request.response(outcome)
        counters.count(request.version.isModern ? .modern : .legacy, response.status)
        return response
    }
}

extension Result {
    fileprivate var isFailure: Bool {
        if case .failure = self { true } else { false }
    }
}
