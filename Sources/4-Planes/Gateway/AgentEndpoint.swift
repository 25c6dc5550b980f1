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
/// Every era and method goes the same way: admission, classification, the one authorisation decision. `@unchecked`: one loop's thread only.
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
    package let admission: Admission
    var counters: RequestCounters
    /// A dead target causes these lines for every call.
    private var failureLines = LogThrottle()
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
        }
    }
    /// When the last call with limits was made: the next is mostly of the same day.
    var moment: LimitMoment
    /// Ids of messages to functions; unique on this loop, as one connection may not see one twice.
    var lastUpstreamID = 0

    /// - Parameters:
    ///   - sessionSecret: the store's; what legacy session ids are signed with.
    ///   - loginThrottle: shared by all loops, as its limits are.
    ///   - streamBounds: shared by all loops.
    ///   - tokens: judges what isn't a key; nil where keys alone are accepted.
    ///   - stateLook: looks for a newer state before a key is refused; shared by all loops.
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
        streamBounds: StreamBounds = StreamBounds()
    ) {
        self.loop = loop
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
            log: log
        )
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
        begin(request, admission.verdict(on: request), cancellation)
    }

    private func begin(
        _ request: Request,
        _ verdict: Verdict<Caller>,
        _ cancellation: Cancellation?
    ) -> AgentWork {
        switch verdict {
        case .accepted(let caller): return proceed(request, caller, cancellation)
        case .refused(let refusal): return .whole(admission.answer(to: refusal))
        case .pending(let pending, _):
            return .waiting(WaitingRequest(.admission(pending), request, cancellation))
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
        case .admission(let pending):
            let verdict = await admission.verdict(on: request, after: pending)
            return await finish(begin(request, verdict, waiting.cancellation))
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

    /// Marks the caller's key as used now.
    func touch(_ caller: Caller) {
        if let key = caller.principal.key { usage.touch(key, of: caller.state, nowMs: loop.wallMs) }
    }

    private func proceed(_ request: Request, _ caller: Caller, _ cancellation: Cancellation?) -> AgentWork {
        touch(caller)
        let (principal, state) = (caller.principal, caller.state)
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
