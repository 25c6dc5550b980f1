import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

extension AgentEndpoint {
    /// One legacy message: the handshake, or a request of a session, or one without a session.
    func legacy(
        _ message: RPCMessage,
        _ headerVersion: ProtocolVersion?,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState
    ) async -> Response {
        if message.isRequest, message.method == .initialize {
            return initialize(message, request, principal, state)
        }
        let version: ProtocolVersion
        switch sessionVersion(headerVersion, request, principal, state) {
        case .success(let found): version = found
        case .failure(let rejection):
            return Rejection(
                status: rejection.status,
                error: rejection.error,
                id: message.id,
                isModern: false
            )
            .response(in: request)
        }
        guard message.isRequest else { return Response(status: 202) }
        switch await dispatch(message, request, principal, state, version) {
        case .success(let body): return Response(status: 200, contentType: .json, body: body)
        case .failure(let error):
            return Rejection(error, id: message.id, isModern: false).response(in: request)
        }
    }

    /// Several messages in one array, where the session's version has that. Answered in order; one whose turn comes
    /// after `batchMs` isn't carried out.
    /// Source: MCP 2025-03-26, "Batching".
    func batch(
        _ messages: [RPCMessage],
        _ headerVersion: ProtocolVersion?,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState
    ) async -> Response {
        switch sessionVersion(headerVersion, request, principal, state) {
        case .failure(let rejection): return rejection.response(in: request)
        case .success(let version):
            guard version.mayBatch else { return Rejection.batch(version).response(in: request) }
            var out = ByteBuffer(capacity: 1024)
            let lastStart = loop.now &+ UInt64(max(state.settings.batchMs, 0)) &* 1_000_000
            for message in messages where message.isRequest {
                out.append(out.count == 0 ? "[" : ",")
                if loop.now > lastStart {
                    let error = RPCError.batchTooLong(ms: state.settings.batchMs)
                    let rejection = Rejection(error, id: message.id, isModern: false)
                    out.append(contentsOf: rejection.body(in: request.bytes.span).bytes)
                    continue
                }
                let outcome = await element(message, request, principal, state, version, written: out.count)
                out.append(contentsOf: outcome.bytes)
            }
            guard out.count > 0 else { return Response(status: 202) }
            out.append("]")
            return Response(status: 200, contentType: .json, body: out)
        }
    }

    /// Bytes of a batch's answers after which no more messages are carried out: each may have megabytes.
    private static let batchBytesMax = 8 * 1024 * 1024

    private func element(
        _ message: RPCMessage,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        _ version: ProtocolVersion,
        written: Int
    ) async -> ByteBuffer {
        let outcome: Result<ByteBuffer, RPCError>
        if written > Self.batchBytesMax {
            outcome = .failure(
                RPCError(.internalError, "The batch's answer is too large; send this message alone.")
            )
        } else if let (principal, state) = present(principal, state) {
            outcome = await carryOut(message, request, principal, state, version)
        } else {
            outcome = .failure(
                RPCError(.invalidRequest, "The key stopped working while the batch was answered.")
            )
        }
        switch outcome {
        case .success(let body): return body
        case .failure(let error):
            return Rejection(error, id: message.id, isModern: false).body(in: request.bytes.span)
        }
    }

    /// The credential's holder by the latest state, and that state; nil when it has stopped working. Calls before this
    /// one may have taken minutes, in which rights and limits changed.
    private func present(_ principal: Principal, _ old: GatewayState) -> (Principal, GatewayState)? {
        let latest = state
        let outcome = latest.snapshot.reauthenticate(principal, of: old.snapshot, nowMs: loop.wallMs)
        guard case .success(let principal) = outcome else { return nil }
        return (principal, latest)
    }

    private func carryOut(
        _ message: RPCMessage,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        _ version: ProtocolVersion
    ) async -> Result<ByteBuffer, RPCError> {
        if message.method != .toolsCall, let error = requestRefusal(principal, state) {
            return .failure(error)
        }
        if let fault = message.fault { return .failure(fault) }
        return await dispatch(message, request, principal, state, version)
    }

    private func dispatch(
        _ message: RPCMessage,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState,
        _ version: ProtocolVersion
    ) async -> Result<ByteBuffer, RPCError> {
        switch message.method {
        case .toolsCall:
            return await call(ToolCall(message, request, principal, state, version: version, nil))
        case .toolsList:
            return list(message, request, principal, state, version: version)
        case .ping:
            var out = begin(message, request.bytes, capacity: 64)
            RPCWriter.appendPingResult(to: &out)
            RPCWriter.endResult(to: &out)
            return .success(out)
        default:
            return .failure(.methodNotFound(shown(message.methodName, in: request.bytes.span)))
        }
    }

    // MARK: Sessions

    private func initialize(
        _ message: RPCMessage,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState
    ) -> Response {
        let version: ProtocolVersion
        do {
            version = try Handshake.version(for: message, in: request.bytes.span)
        } catch {
            return Rejection(error, id: message.id, isModern: false).response(in: request)
        }
        let holderID = state.snapshot.holderID(of: principal)
        let id = sessions.mint(version: version, holderID: holderID, nowMs: loop.wallMs)
        var out = begin(message, request.bytes, capacity: 512)
        RPCWriter.appendInitializeResult(version, state.settings.identity, to: &out)
        RPCWriter.endResult(to: &out)
        return Response(
            status: 200,
            contentType: .json,
            fields: [ResponseField("Mcp-Session-Id", id)],
            body: out
        )
    }

    /// The version of the request's session; without a session the header's, else the assumed one.
    ///
    /// A request may come without a session: nothing is kept in one that the request would miss. One that is unknown,
    /// foreign or too old is 404, which makes a client initialize anew.
    /// Source: MCP 2025-11-25 transports, "Session Management".
    func sessionVersion(
        _ headerVersion: ProtocolVersion?,
        _ request: Request,
        _ principal: Principal,
        _ state: GatewayState
    ) -> Result<ProtocolVersion, Rejection> {
        let bytes = request.bytes
        guard let field = request.head.fields.first("mcp-session-id", in: bytes.span) else {
            return .success(headerVersion ?? .assumed)
        }
        let holderID = state.snapshot.holderID(of: principal)
        let text = bytes.span.extracting(field)
        guard let session = sessions.open(text, holderID: holderID, nowMs: loop.wallMs) else {
            let error = RPCError(.invalidRequest, "The session is unknown or has ended; initialize again.")
            return .failure(Rejection(status: 404, error: error, id: nil, isModern: false))
        }
        return .success(session.version)
    }
}

extension RPCError {
    fileprivate static func batchTooLong(ms: Int) -> RPCError {
        RPCError(
            .internalError,
            "The messages before this one took longer than \(ms / 1000) s, so it was not carried out; send it again."
        )
    }
}
