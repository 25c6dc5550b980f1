import Bytes
package import EventLoop
package import HTTP
import JSON
import MCP
import Policy
import RateLimit
package import Telemetry

/// Answers agents' requests to the MCP endpoint, in both protocol eras. One per loop.
///
/// Every era and method goes the same way: source check, authentication, classification, the one authorisation
/// decision. `@unchecked`: one loop's thread only.
package final class AgentEndpoint: @unchecked Sendable {
    package let loop: EventLoop
    let upstream: any Upstream
    let sessions: SessionIDs
    let lists = ListCache()
    let usage = UsageRecorder()
    let inFlight = CallsInFlight()
    let streams: StreamHub
    let log: GatewayLog
    let tokens: (any TokenAuthority)?
    /// nil where nothing but the state in force is known.
    let stateLook: (any StateLook)?
    private let authentication: Authentication
    /// Made when the first is needed, as an authority's texts name the listener's address.
    private lazy var credentialAnswers = CredentialAnswers(tokens)
    /// Replaced, on the loop, when the settings are.
    package var sourceCheck: SourceCheck
    private let guardian: AuthenticationGuard
    var counters: RequestCounters
    /// What strangers can cause a line of, and what a dead target causes for every call.
    private var refusalLines = LogThrottle()
    private var failureLines = LogThrottle()
    /// What is served from; replaced whole, on the loop, whenever anything changed.
    package var state: GatewayState {
        didSet {
            lists.adopt(state)
            streams.adopt(state)
            usage.adopt(state)
        }
    }
    /// When the last call with limits was made: the next is mostly of the same day.
    var moment: LimitMoment
    /// Ids of messages to functions; unique on this loop, as one connection may not see one twice.
    var lastUpstreamID = 0

    /// - Parameters:
    ///   - sessionSecret: the store's; what legacy session ids are signed with.
    ///   - guardian: shared by all loops, as its limits are.
    ///   - streamBounds: shared by all loops.
    ///   - tokens: judges what isn't a key; nil where keys alone are accepted.
    ///   - stateLook: looks for a newer state before a key is refused; shared by all loops.
    package init(
        loop: EventLoop,
        state: GatewayState,
        upstream: any Upstream,
        sessionSecret: [UInt8],
        sourceCheck: SourceCheck,
        guardian: AuthenticationGuard = AuthenticationGuard(),
        tokens: (any TokenAuthority)? = nil,
        stateLook: (any StateLook)? = nil,
        metrics: GatewayMetrics,
        log: GatewayLog,
        streamBounds: StreamBounds = StreamBounds()
    ) {
        self.loop = loop
        self.state = state
        self.upstream = upstream
        self.sourceCheck = sourceCheck
        self.guardian = guardian
        self.tokens = tokens
        self.stateLook = stateLook
        authentication = Authentication(acceptsTokens: tokens != nil)
        self.log = log
        counters = RequestCounters(metrics)
        moment = LimitMoment(nowNs: loop.now, wallMs: loop.wallMs)
        sessions = SessionIDs(secret: sessionSecret)
        streams = StreamHub(loop, state, streamBounds, metrics)
        lists.adopt(state)
        usage.adopt(state)
    }

    /// Serves one request on the loop: `client` gets its answer before this returns, unless something has to be waited for.
    ///
    /// Of what waits, only a modern call ends when its client goes away.
    package func serve(_ request: Request, for client: any AgentClient) {
        switch screen(request) {
        case .principal(let principal):
            route(request, Caller(principal: principal, state: state), for: client)
        case .token(let token): wait { await self.serve(request, token: token, for: client) }
        case .unknown: wait { await self.serveUnknown(request, for: client) }
        case .refused(_, let answer): client.receive(.whole(answer), from: self)
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

    private func serve(_ request: Request, token: Range<Int>, for client: any AgentClient) async {
        let (outcome, state) = await judge(token, request)
        guard case .principal(let principal) = outcome else {
            return client.receive(.whole(challenge(outcome, request).answer), from: self)
        }
        route(request, Caller(principal: principal, state: state), for: client)
    }

    private func serveUnknown(_ request: Request, for client: any AgentClient) async {
        switch await screenAnew(request) {
        case .success(let found):
            route(request, Caller(principal: found.principal, state: found.state), for: client)
        case .failure(let refusal): client.receive(.whole(refusal.answer), from: self)
        }
    }

    /// Whether a request may be served at all, and for whom: where it comes from, how often its address failed, its
    /// credential. Nothing on this listener is served without it but what says nothing of anybody.
    func screen(_ request: Request, mayLook: Bool = true) -> Screening {
        if let refusal = sourceCheck.refusal(of: request) {
            return .refused(refusal == .host ? .host : .origin, answer: refuse(refusal, request))
        }
        if guardian.blocks(request, nowNs: loop.now, wallMs: loop.wallMs) {
            return .refused(.tooManyFailures, answer: tooManyFailures())
        }
        switch authentication.authenticate(request, in: state.snapshot, nowMs: loop.wallMs) {
        case .principal(let principal): return .principal(principal)
        case .token(let token): return .token(token)
        case .refused where mayLook && stateLook != nil: return .unknown
        case let outcome:
            let (fault, answer) = challenge(outcome, request)
            return .refused(fault, answer: answer)
        }
    }

    /// The same for what is served beside the protocol, with a token's verdict waited for.
    package func admit(_ request: Request) async -> Admission {
        var state = state
        var token: Range<Int>?
        let principal: Principal
        switch screen(request) {
        case .refused(let fault, let answer): return .refused(fault, answer: answer)
        case .principal(let found): principal = found
        case .unknown:
            switch await screenAnew(request) {
            case .success(let found): (principal, state) = (found.principal, found.state)
            case .failure(let refusal): return .refused(refusal.fault, answer: refusal.answer)
            }
        case .token(let range):
            let outcome: Authentication.Outcome
            token = range
            (outcome, state) = await judge(range, request)
            guard case .principal(let found) = outcome else {
                let (fault, answer) = challenge(outcome, request)
                return .refused(fault, answer: answer)
            }
            principal = found
        }
        if let key = principal.key { usage.touch(key, of: state, nowMs: loop.wallMs) }
        return .admitted(Admitted(principal: principal, state: state, token: token))
    }

    private func route(_ request: Request, _ caller: Caller, for client: any AgentClient) {
        if let key = caller.principal.key { usage.touch(key, of: caller.state, nowMs: loop.wallMs) }
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

    // MARK: Before the message

    private func refuse(_ refusal: SourceCheck.Refusal, _ request: Request) -> Response {
        let field = refusal == .host ? "Host" : "Origin"
        let name = refusal == .host ? "allowed_hosts" : "allowed_origins"
        let level = refusalLines.level(.info, nowMs: loop.wallMs)
        log.write(level, "a request was refused: its \(field) is not allowed", [("peer", request.peer)])
        counters.count(.source, 403)
        let error = RPCError(
            .invalidRequest,
            "The \(field) header is not allowed here; an operator can allow it with agents.\(name)."
        )
        return Rejection(status: 403, error: error, id: nil, isModern: true).response(in: request)
    }

    private func challenge(
        _ outcome: Authentication.Outcome,
        _ request: Request
    ) -> (fault: AdmissionFault, answer: Response) {
        let fault = AuthenticationFault(outcome)
        counters.count(fault)
        log.write(
            .debug,
            "a request was not authenticated",
            [("reason", "\(fault)"), ("peer", request.peer)]
        )
        if outcome.isRefusal,
            !guardian.refused(
                request,
                reason: "\(fault)",
                isGuess: outcome.isGuess,
                nowNs: loop.now,
                wallMs: loop.wallMs
            )
        {
            return (.tooManyFailures, tooManyFailures())
        }
        let answer = credentialAnswers.answer(for: outcome)
        counters.count(.unauthenticated, answer.status)
        return (AdmissionFault(outcome), answer)
    }

    private func tooManyFailures() -> Response {
        counters.count(.unauthenticated, 429)
        return AuthenticationGuard.tooMany
    }

    // MARK: The message

    private func post(_ http: Request, _ caller: Caller, for client: any AgentClient) {
        let inbound = Inbound.classify(http)
        if let counted = inbound.countsAsRequest,
            let refusal = refuseRequest(http, caller, id: counted.id, isModern: counted.isModern)
        {
            return client.receive(.whole(refusal), from: self)
        }
        switch inbound {
        case .modern(let message) where message.method == .toolsCall:
            let cancellation = client.callCancellation
            let request = AgentRequest(message, http, caller, .v20260728, cancellation: cancellation)
            ToolCall(request, at: self, for: .client(client)).start()
        case .modern(let message):
            client.receive(answer(AgentRequest(message, http, caller, .v20260728)), from: self)
        case .legacy(let message, let headerVersion):
            legacy(message, headerVersion, http, caller, for: client)
        case .batch(let messages, let headerVersion):
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
        let isModern = request.version.isModern
        switch request.message.method {
        case .listen where isModern: return listen(request)
        case .toolsList: return answer(list(request), to: request)
        case .discover where isModern: return answer(.success(discover(request)), to: request)
        case .ping where !isModern: return answer(.success(ping(request)), to: request)
        default: return answer(.failure(request.unknownMethod), to: request)
        }
    }

    /// The whole answer around a message, counted.
    func answer(_ outcome: Result<ByteBuffer, RPCError>, to request: borrowing AgentRequest) -> AgentAnswer {
        let response = request.response(outcome)
        counters.count(request.version.isModern ? .modern : .legacy, response.status)
        return .whole(response)
    }

    /// The level to log a failed call at.
    func failureLevel(_ wanted: GatewayLog.Level) -> GatewayLog.Level {
        failureLines.level(wanted, nowMs: loop.wallMs)
    }
}

extension Inbound {
    /// Whether the whole counts as one request other than a call, and how it would be refused. Of a batch with
    /// requests each counts by itself.
    fileprivate var countsAsRequest: (id: Range<Int>?, isModern: Bool)? {
        switch self {
        case .rejected(let rejection): (rejection.id, rejection.isModern)
        case .accepted: (nil, true)
        case .modern(let message): message.method == .toolsCall ? nil : (message.id, true)
        case .legacy(let message, _):
            message.isRequest && message.method == .toolsCall ? nil : (message.id, false)
        case .batch(let messages, _): messages.contains { $0.isRequest } ? nil : (nil, false)
        }
    }
}
