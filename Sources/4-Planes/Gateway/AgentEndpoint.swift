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
/// Every era and method goes the same way: admission, classification, the one authorisation decision. Its loop's thread
/// only; others hold it as a `LoopBound`.
package final class AgentEndpoint {
    package let loop: EventLoop
    let upstream: any Upstream
    let sessions: SessionIDs
    /// Wraps what targets want to get back with a call's next round.
    let requestStates: RequestStates
    /// Ends sessions; nil where clients can't end them.
    let sessionEnding: (any SessionEnding)?
    let sessionCalls = SessionCalls()
    let cancelRelay: CancelRelay?
    /// Shared by all loops.
    let sessionLevels: SessionLevels
    /// Shared by all loops.
    let streamedBytes: StreamedBytes
    /// Shared by all loops.
    let questions: ClientQuestions
    let rounds = ClientRounds()
    /// Shared by all loops.
    let resumable: ResumableStreams
    let streamBounds: StreamBounds
    /// Hears of changes of the targets' lists; nil where nothing follows from that.
    let catalogNews: (any CatalogNews)?
    /// The time between two signs of progress of the gateway's own; another one in tests.
    package var progressInterval = OwnProgress.interval
    let lists = ListCache()
    let usage = UsageRecorder()
    /// Records each call that ends; nil where no records are kept.
    let recorder: CallRecorder?
    let inFlight = CallsInFlight()
    let streams: StreamHub
    /// A dead target causes lines for every call, so a flood of them is dropped.
    let log: GatewayLog
    let tokens: (any TokenAuthority)?
    package let admission: Admission
    var counters: RequestCounters
    /// Replaced, on the loop, when the settings change.
    package var sourceCheck: SourceCheck {
        get { admission.sourceCheck }
        set { admission.sourceCheck = newValue }
    }
    /// The state that requests are served from; replaced as a whole, on the loop, by each publication.
    package var state: GatewayState {
        get { admission.state }
        set {
            admission.state = newValue
            lists.adopt(newValue)
            streams.adopt(newValue)
            usage.adopt(newValue)
            recorder?.adopt(newValue.names)
            functionSessions.retain(functions: newValue.functions, tenants: newValue.snapshot.tenants)
            rounds.adopt(newValue)
        }
    }
    /// The moment of the last call with limits: the next call is mostly on the same day.
    var moment: LimitMoment
    /// The last id of a message to a function; unique on this loop, because one connection may not see an id twice.
    var lastUpstreamID = 0
    /// Counts this loop's calls, for their ids.
    var lastCallNumber = 0
    /// The sessions of functions whose events are HTTP requests.
    var functionSessions = FunctionSessions()
    /// Begins the calls' traces.
    var tracer: CallTracer
    /// The seed that ids of calls are made from.
    let callIDSeed = CallIDSeed(high: .random(in: .min ... .max), low: .random(in: .min ... .max))

    /// - Parameters:
    ///   - sessionSecret: the store's secret that legacy session ids are signed and states of calls sealed with.
    ///   - loginThrottle: shared by all loops, because its limits hold for all of them together.
    ///   - streamBounds: shared by all loops.
    ///   - tokens: verifies credentials that aren't keys; nil where only keys are accepted.
    ///   - stateLook: looks for a newer state before a key is refused; shared by all loops.
    ///   - recorder: this loop's recorder of calls; nil where no records of calls are kept.
    ///   - tracer: begins the calls' traces.
    ///   - sessionEnding: ends legacy sessions; nil where clients can't end them.
    ///   - cancelRelay: passes cancellations on to the other loops; shared by all.
    ///   - sessionLevels: of log messages; shared by all loops.
    ///   - streamedBytes: what all calls hold of streamed messages; shared by all loops.
    ///   - questions: to legacy clients; shared by all loops.
    ///   - resumable: the streams to which legacy clients can come back; shared by all loops.
    ///   - catalogNews: hears of changes of the targets' lists; nil where nothing follows from that.
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
        tracer: CallTracer = CallTracer(nil),
        sessionEnding: (any SessionEnding)? = nil,
        cancelRelay: CancelRelay? = nil,
        sessionLevels: SessionLevels = SessionLevels(),
        streamedBytes: StreamedBytes = StreamedBytes(),
        questions: ClientQuestions = ClientQuestions(),
        resumable: ResumableStreams = ResumableStreams(),
        catalogNews: (any CatalogNews)? = nil
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
        sessions = SessionIDs(secret: sessionSecret, process: questions.process)
        self.questions = questions
        self.resumable = resumable
        self.streamBounds = streamBounds
        requestStates = RequestStates(secret: sessionSecret)
        self.sessionEnding = sessionEnding
        self.cancelRelay = cancelRelay
        self.sessionLevels = sessionLevels
        self.streamedBytes = streamedBytes
        self.catalogNews = catalogNews
        streams = StreamHub(loop, state, streamBounds, metrics)
        streams.poller?.endpoint = self
        lists.adopt(state)
        usage.adopt(state)
        recorder?.adopt(state.names)
        cancelRelay?.add(sessionCalls, on: loop)
    }

    /// Serves one request on the loop: `client` gets its answer before this returns, unless the request has to wait.
    ///
    /// Of the requests that wait, only a modern call ends when its client goes away. A legacy call with a session ends when
    /// its client cancels it by a message.
    package func serve(_ request: consuming Request, for client: any AgentClient) {
        let verdict = admission.verdict(on: request)
        serve(request, verdict, for: client)
    }

    private func serve(
        _ request: consuming Request,
        _ verdict: consuming Verdict<Caller>,
        for client: any AgentClient
    ) {
        switch verdict {
        case .accepted(let caller): route(request, caller, for: client)
        case .refused(let refusal): client.receive(.whole(admission.answer(to: refusal)), from: self)
        case .pending(let pending, _):
            let request = request
            wait(for: client) { endpoint, client in
                let verdict = await endpoint.admission.verdict(on: request, after: pending)
                endpoint.serve(request, verdict, for: client)
            }
        }
    }

    /// Runs work that has to wait in a task; a drain waits for it.
    func wait(
        for client: any AgentClient,
        _ work: @escaping @Sendable (AgentEndpoint, any AgentClient) async -> Void
    ) {
        inFlight.began()
        let held = LoopBound((endpoint: self, client: client), on: loop)
        Task.immediate(executorPreference: loop) {
            let (endpoint, client) = held.value
            await work(endpoint, client)
            endpoint.inFlight.ended()
        }
    }

    /// Marks the caller's key as used now.
    func touch(_ caller: Caller) {
        if let key = caller.principal.key { usage.touch(key, of: caller.state, nowMs: loop.wallMs) }
    }

    private func route(_ request: consuming Request, _ caller: consuming Caller, for client: any AgentClient)
    {
        touch(caller)
        switch request.head.method {
        case .post: post(request, caller, for: client)
        case .get:
            if let refusal = refuseRequest(request, caller) {
                return client.receive(.whole(refusal), from: self)
            }
            client.receive(openLegacyStream(request, caller), from: self)
        case .delete:
            if let refusal = refuseRequest(request, caller) {
                return client.receive(.whole(refusal), from: self)
            }
            endSession(request, caller, for: client)
        default: client.receive(.whole(refuseRequest(request, caller) ?? notAllowed(request)), from: self)
        }
    }

    /// Ends what only waits, because the server drains: calls whose clients are asked for something. Calls that run go on.
    package func drain() { rounds.drain() }

    /// The usage since the last time this was called. On the loop.
    package func drainUsage() -> UsageReport { usage.drain() }

    // MARK: The message

    private func post(_ http: consuming Request, _ caller: consuming Caller, for client: any AgentClient) {
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
            let (http, caller) = (http, caller)
            wait(for: client) { endpoint, client in
                let response = await endpoint.batch(messages, headerVersion, http, caller)
                endpoint.counters.count(.batch, response.status)
                client.receive(.whole(response), from: endpoint)
            }
        case .accepted:
            counters.count(.notification, 202)
            client.receive(.whole(Response(status: 202)), from: self)
        case .rejected(let rejection):
            counters.count(.rejected, rejection.status)
            client.receive(.whole(rejection.response(in: http)), from: self)
        }
    }

    /// The answer to a message that calls no function.
    /// - Parameter session: the legacy session that it came in, if any.
    func answer(_ request: AgentRequest, in session: SessionMark? = nil) -> AgentAnswer {
        if request.version.isModern, request.message.method == .listen, streamBounds.settings.offersStreams {
            return listen(request)
        }
        return answer(outcome(of: request, in: session), to: request)
    }

    /// The outcome of a message that calls no function and opens no stream. Timed.
    func outcome(of request: AgentRequest, in session: SessionMark?) -> Result<ByteBuffer, RPCError> {
        let method = request.message.method
        let isModern = request.version.isModern
        let outcome: Result<ByteBuffer, RPCError> =
            switch method {
            case .toolsList, .promptsList, .resourcesList, .resourceTemplatesList: list(request)
            case .discover where isModern: .success(discover(request))
            case .ping where !isModern: .success(empty(request))
            case .setLogLevel where !isModern: setLogLevel(request)
            case .resourcesSubscribe where !isModern: subscribe(request, session)
            case .resourcesUnsubscribe where !isModern: unsubscribe(request, session)
            default: .failure(request.unknownMethod)
            }
        served(method, isError: outcome.isFailure)
        return outcome
    }

    /// Records the time of a request other than a call that arrived in this turn of the loop.
    func served(_ method: MCPMethod, isError: Bool) {
        counters.served(method, isError: isError, nanoseconds: EventLoop.currentNs &- loop.now)
    }

    /// The whole answer for a message's outcome, counted.
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
