import Bytes
package import EventLoop
package import HTTP
import JSON
import MCP
import Policy
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
    let streams: StreamHub
    let log: GatewayLog
    let tokens: (any TokenAuthority)?
    private let authentication: Authentication
    /// Made when the first is needed, as an authority's texts name the listener's address.
    private lazy var credentialAnswers = CredentialAnswers(tokens)
    private let sourceCheck: SourceCheck
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
    /// Ids of messages to functions; unique on this loop, as one connection may not see one twice.
    var lastUpstreamID = 0

    /// - Parameters:
    ///   - sessionSecret: the store's; what legacy session ids are signed with.
    ///   - guardian: shared by all loops, as its limits are.
    ///   - streamBounds: shared by all loops.
    ///   - tokens: judges what isn't a key; nil where keys alone are accepted.
    package init(
        loop: EventLoop,
        state: GatewayState,
        upstream: any Upstream,
        sessionSecret: [UInt8],
        sourceCheck: SourceCheck,
        guardian: AuthenticationGuard = AuthenticationGuard(),
        tokens: (any TokenAuthority)? = nil,
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
        authentication = Authentication(acceptsTokens: tokens != nil)
        self.log = log
        counters = RequestCounters(metrics)
        sessions = SessionIDs(secret: sessionSecret)
        streams = StreamHub(loop, state, streamBounds, metrics)
        lists.adopt(state)
        usage.adopt(state)
    }

    /// Answers one request.
    /// - Parameter cancellation: cancelled when the client goes away; only modern calls end with it.
    package func answer(_ request: Request, cancellation: Cancellation?) async -> AgentAnswer {
        let principal: Principal
        let state: GatewayState
        switch await admit(request) {
        case .refused(_, let answer): return .whole(answer)
        case .admitted(let admitted): (principal, state) = (admitted.principal, admitted.state)
        }
        switch request.head.method {
        case .post: return await post(request, principal, state, cancellation)
        case .get:
            if let refusal = refuseRequest(request, principal, state) { return .whole(refusal) }
            return openLegacyStream(request, principal, state)
        case .delete:
            return .whole(refuseRequest(request, principal, state) ?? delete(request, principal, state))
        default: return .whole(refuseRequest(request, principal, state) ?? notAllowed(request))
        }
    }

    /// Whether a request may be served at all, and for whom: where it comes from, how often its address failed, its
    /// credential. Nothing on this listener is served without it but what says nothing of anybody.
    package func admit(_ request: Request) async -> Admission {
        if let refusal = sourceCheck.refusal(of: request) {
            return .refused(refusal == .host ? .host : .origin, answer: refuse(refusal, request))
        }
        if guardian.blocks(request, nowNs: loop.now, wallMs: loop.wallMs) {
            return .refused(.tooManyFailures, answer: tooManyFailures())
        }
        var state = state
        var token: Range<Int>?
        var outcome = authentication.authenticate(request, in: state.snapshot, nowMs: loop.wallMs)
        if case .token(let range) = outcome {
            token = range
            (outcome, state) = await judge(range, request)
        }
        guard case .principal(let principal) = outcome else { return challenge(outcome, request) }
        if let key = principal.key { usage.touch(key, of: state, nowMs: loop.wallMs) }
        return .admitted(Admitted(principal: principal, state: state, token: token))
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

    private func challenge(_ outcome: Authentication.Outcome, _ request: Request) -> Admission {
        let fault = AuthenticationFault(outcome)
        counters.count(fault)
        log.write(
            .debug,
            "a request was not authenticated",
            [("reason", "\(fault)"), ("peer", request.peer)]
        )
        if outcome.isGuess,
            !guardian.refused(request, reason: "\(fault)", nowNs: loop.now, wallMs: loop.wallMs)
        {
            return .refused(.tooManyFailures, answer: tooManyFailures())
        }
        let answer = credentialAnswers.answer(for: outcome)
        counters.count(.unauthenticated, answer.status)
        return .refused(AdmissionFault(outcome), answer: answer)
    }

    private func tooManyFailures() -> Response {
        counters.count(.unauthenticated, 429)
        return AuthenticationGuard.tooMany
    }

    /// The answer when the principal sends too many requests other than calls; nil while it doesn't.
    private func refuseRequest(
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
    func notAllowed(_ request: Request) -> Response {
        counters.count(.method, 405)
        return .text(
            405,
            "405 Method Not Allowed: send MCP messages with POST\n",
            fields: [
                ResponseField("Allow", Inbound.namesModernVersion(request) ? "POST" : "GET, POST, DELETE")
            ]
        )
    }

    /// Ends a legacy session. Sessions are not remembered, so there is nothing to free.
    private func delete(_ request: Request, _ principal: Principal, _ state: GatewayState) -> Response {
        guard !Inbound.namesModernVersion(request) else { return notAllowed(request) }
        let response =
            switch session(of: request, principal, state) {
            case .success: Response(status: 204)
            case .failure(let rejection): rejection.response(in: request)
            }
        counters.count(.session, response.status)
        return response
    }

    // MARK: The message

    private func post(
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        _ cancellation: Cancellation?
    ) async -> AgentAnswer {
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
        case .modern(let message) where message.method == .listen:
            return listen(message, request, principal, state)
        case .modern(let message):
            let response = await modern(message, request, principal, state, cancellation)
            counters.count(.modern, response.status)
            return .whole(response)
        case .legacy(let message, let headerVersion):
            let response = await legacy(message, headerVersion, request, principal, state)
            counters.count(.legacy, response.status)
            return .whole(response)
        case .batch(let messages, let headerVersion):
            let response = await batch(messages, headerVersion, request, principal, state)
            counters.count(.batch, response.status)
            return .whole(response)
        }
    }

    private func modern(
        _ message: RPCMessage,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        _ cancellation: Cancellation?
    ) async -> Response {
        let outcome: Result<ByteBuffer, RPCError>
        if message.method == .toolsCall {
            let call = ToolCall(message, request, principal, state, version: .v20260728, cancellation)
            outcome = await self.call(call)
        } else {
            outcome = modernAtOnce(message, request, principal, state)
        }
        switch outcome {
        case .success(let body): return Response(status: 200, contentType: .json, body: body)
        case .failure(let error):
            return Rejection(error, id: message.id, isModern: true).response(in: request)
        }
    }

    /// What is answered without asking a function. Kept apart, so that a call's frame stays small.
    @inline(never)
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
