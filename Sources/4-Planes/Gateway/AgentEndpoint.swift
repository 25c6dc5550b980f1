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

    /// Answers one request.
    /// - Parameter cancellation: cancelled when the client goes away; only modern calls end with it.
    package func answer(_ request: Request, cancellation: Cancellation?) async -> AgentAnswer {
        await finish(begin(request, cancellation))
    }

    /// Everything about a request that needs no waiting: nearly all requests are answered, calls are ready to go.
    ///
    /// Apart from `finish`, and never inlined, so that what it works with takes no place in a frame that outlives it.
    @inline(never)
    package func begin(_ request: Request, _ cancellation: Cancellation?) -> AgentWork {
        switch screen(request) {
        case .principal(let principal): return proceed(request, principal, state, cancellation)
        case .token(let token): return .waiting(WaitingRequest(.token(token), request, cancellation))
        case .unknown: return .waiting(WaitingRequest(.unknownKey, request, cancellation))
        case .refused(_, let answer): return .whole(answer)
        }
    }

    /// The answer to what `begin` began.
    package func finish(_ work: AgentWork) async -> AgentAnswer {
        if case .answered(let answer) = work.step { return answer }
        inFlight.began()
        defer { inFlight.ended() }
        switch work.step {
        case .answered(let answer): return answer
        case .call(let call): return answer(await self.call(call), to: call)
        case .waiting(let request): return await finish(request)
        }
    }

    @inline(never)
    private func finish(_ waiting: WaitingRequest) async -> AgentAnswer {
        let request = waiting.request
        switch waiting.cause {
        case .token(let token):
            let (outcome, state) = await judge(token, request)
            guard case .principal(let principal) = outcome else {
                return .whole(challenge(outcome, request).answer)
            }
            return await finish(proceed(request, principal, state, waiting.cancellation))
        case .unknownKey:
            switch await screenAnew(request) {
            case .success(let found):
                return await finish(proceed(request, found.principal, found.state, waiting.cancellation))
            case .failure(let refusal): return .whole(refusal.answer)
            }
        case .legacy(let message, let headerVersion, let principal, let state):
            let response = await legacy(message, headerVersion, request, principal, state)
            counters.count(.legacy, response.status)
            return .whole(response)
        case .batch(let messages, let headerVersion, let principal, let state):
            let response = await batch(messages, headerVersion, request, principal, state)
            counters.count(.batch, response.status)
            return .whole(response)
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

    private func proceed(
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        _ cancellation: Cancellation?
    ) -> AgentWork {
        if let key = principal.key { usage.touch(key, of: state, nowMs: loop.wallMs) }
        switch request.head.method {
        case .post: return post(request, principal, state, cancellation)
        case .get:
            if let refusal = refuseRequest(request, principal, state) { return .whole(refusal) }
            return .answered(openLegacyStream(request, principal, state))
        default: return .whole(refuseRequest(request, principal, state) ?? notAllowed(request))
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

    /// The answer when the principal sends too many requests other than calls; nil while it doesn't.
    func refuseRequest(
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        id: Range<Int>? = nil,
        isModern: Bool = true
    ) -> Response? {
        guard let error = requestRefusal(principal, state) else { return nil }
        counters.count(.limited, 429)
        return Rejection(error, id: id, isModern: isModern).response(in: request)
    }

    /// Takes one request other than a call from the principal's budget; the error when it is used up.
    func requestRefusal(_ principal: Principal, _ state: GatewayState) -> RPCError? {
        guard let standing = state.limits.requests.take(principal, nowNs: loop.now) else { return nil }
        return .tooManyRequests(standing, limit: principal.key == nil ? "tenant" : "key")
    }

    /// Of the methods there are, a modern client may use POST alone.
    ///
    /// DELETE would end a legacy session; sessions aren't remembered, so none can be ended, and a client is told so.
    /// Source: MCP 2025-11-25 transports, "Session Management" 5.
    func notAllowed(_ request: Request) -> Response {
        counters.count(.method, 405)
        return .text(
            405,
            "405 Method Not Allowed: send MCP messages with POST\n",
            fields: [
                ResponseField("Allow", Inbound.namesModernVersion(request) ? "POST" : "GET, POST")
            ]
        )
    }

    // MARK: The message

    private func post(
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        _ cancellation: Cancellation?
    ) -> AgentWork {
        let inbound = Inbound.classify(request)
        if let counted = inbound.countsAsRequest,
            let refusal = refuseRequest(request, principal, state, id: counted.id, isModern: counted.isModern)
        {
            return .whole(refusal)
        }
        switch inbound {
        case .rejected(let rejection):
            counters.count(.rejected, rejection.status)
            return .whole(rejection.response(in: request))
        case .accepted:
            counters.count(.notification, 202)
            return .whole(Response(status: 202))
        case .modern(let message) where message.method == .toolsCall:
            return .call(ToolCall(message, request, principal, state, version: .v20260728, cancellation))
        case .modern(let message) where message.method == .listen:
            return .answered(listen(message, request, principal, state))
        case .modern(let message):
            let outcome = modernAtOnce(message, request, principal, state)
            return .answered(answer(outcome, id: message.id, request))
        case .legacy(let message, let headerVersion):
            return .waiting(
                WaitingRequest(.legacy(message, headerVersion, principal, state), request, cancellation)
            )
        case .batch(let messages, let headerVersion):
            return .waiting(
                WaitingRequest(.batch(messages, headerVersion, principal, state), request, cancellation)
            )
        }
    }

    @inline(never)
    private func answer(_ outcome: Result<ByteBuffer, RPCError>, to call: ToolCall) -> AgentAnswer {
        answer(outcome, id: call.message.id, call.request)
    }

    private func answer(
        _ outcome: Result<ByteBuffer, RPCError>,
        id: Range<Int>?,
        _ request: Request
    ) -> AgentAnswer {
        let response =
            switch outcome {
            case .success(let body): Response(status: 200, contentType: .json, body: body)
            case .failure(let error): Rejection(error, id: id, isModern: true).response(in: request)
            }
        counters.count(.modern, response.status)
        return .whole(response)
    }

    /// What is answered without asking a function.
    private func modernAtOnce(
        _ message: RPCMessage,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState
    ) -> Result<ByteBuffer, RPCError> {
        switch message.method {
        case .toolsList: return list(message, request, principal, state, version: .v20260728)
        case .discover:
            var out = begin(message, request.bytes, capacity: 512)
            RPCWriter.appendDiscoverResult(state.settings.identity, ttlMs: state.settings.listTTLMs, to: &out)
            RPCWriter.endResult(to: &out)
            return .success(out)
        default: return .failure(.methodNotFound(shown(message.methodName, in: request.bytes.span)))
        }
    }

    /// The level to log a failed call at.
    func failureLevel(_ wanted: GatewayLog.Level) -> GatewayLog.Level {
        failureLines.level(wanted, nowMs: loop.wallMs)
    }

    /// An envelope with the request's id, up to its result.
    func begin(_ message: RPCMessage, _ bytes: [UInt8], capacity: Int) -> ByteBuffer {
        var out = ByteBuffer(capacity: capacity)
        RPCWriter.beginResult(id: message.id ?? 0..<0, in: bytes.span, to: &out)
        return out
    }

    /// One page of what the principal sees.
    func list(
        _ message: RPCMessage,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        version: ProtocolVersion
    ) -> Result<ByteBuffer, RPCError> {
        var after: String?
        if let cursor = message.cursor {
            guard let read = Cursor(cursor.text(in: request.bytes.span)) else {
                return .failure(RPCError(.invalidParams, "params.cursor is not one that this server gave."))
            }
            after = read.lastName
        }
        let page = lists.page(of: state, for: principal, version: version, after: after, nowMs: loop.wallMs)
        var out = begin(message, request.bytes, capacity: page.count + 128)
        out.append(contentsOf: page.bytes)
        RPCWriter.endResult(to: &out)
        return .success(out)
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

/// A name that nobody serves, as an answer may repeat it: cut by code points, as one character may have any number
/// of them.
func shown(_ name: JSONName?, in bytes: Span<UInt8>) -> String {
    guard let name else { return "" }
    return String(String.UnicodeScalarView(name.text(in: bytes).unicodeScalars.prefix(256)))
}

extension Rejection {
    /// The whole HTTP response.
    func response(in request: Request) -> Response {
        Response(status: status, contentType: .json, fields: error.fields, body: body(in: request.bytes.span))
    }
}
