import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

extension AgentEndpoint {
    /// Serves one legacy message: the handshake, or a request with or without a session.
    ///
    /// The request is carried out even when its client goes away: a legacy client may close its connection on purpose.
    func legacy(
        _ message: RPCMessage,
        _ headerVersion: ProtocolVersion?,
        _ http: Request,
        _ caller: Caller,
        for client: any AgentClient
    ) {
        if message.isRequest, message.method == .initialize {
            let response = initialize(message, http, caller)
            served(.initialize, isError: response.status != 200)
            return client.receive(counted(response), from: self)
        }
        switch session(headerVersion, http, caller) {
        case .failure(let rejection):
            let named = Rejection(
                status: rejection.status,
                error: rejection.error,
                id: message.id,
                isModern: false
            )
            client.receive(counted(named.response(in: http)), from: self)
        case .success(let session) where !message.isRequest:
            take(message, http, session)
            client.receive(counted(Response(status: 202)), from: self)
        case .success(let session):
            guard message.method.asksFunction else {
                let request = AgentRequest(message, http, caller, session.version, client: session.client)
                return client.receive(answer(request, in: session.mark), from: self)
            }
            let request = AgentRequest(
                message,
                http,
                caller,
                session.version,
                client: session.client,
                askable: AskableSession(session)
            )
            start(request, session, for: client)
        }
    }

    private func counted(_ response: Response) -> AgentAnswer {
        counters.count(.legacy, response.status)
        return .whole(response)
    }

    /// Serves several messages in one array, if the session's version has batches. They are answered in order; a
    /// message whose turn comes after `batchMs` isn't carried out.
    /// Source: MCP 2025-03-26, "Batching".
    func batch(
        _ messages: [RPCMessage],
        _ headerVersion: ProtocolVersion?,
        _ http: Request,
        _ caller: Caller
    ) async -> Response {
        switch session(headerVersion, http, caller) {
        case .failure(let rejection): return rejection.response(in: http)
        case .success(let session):
            let version = session.version
            guard version.mayBatch else { return Rejection.batch(version).response(in: http) }
            var out = ByteBuffer(capacity: 1024)
            let batchMs = caller.state.settings.batchMs
            let lastStart = loop.now &+ UInt64(max(batchMs, 0)) &* 1_000_000
            for message in messages {
                guard message.isRequest else {
                    take(message, http, session)
                    continue
                }
                let request = AgentRequest(message, http, caller, version, client: session.client)
                let outcome: Result<ByteBuffer, RPCError> =
                    loop.now > lastStart
                    ? .failure(.batchTooLong(ms: batchMs))
                    : await element(request, session, written: out.count)
                if case .success(let body) = outcome, body.count == 0 { continue }  // was cancelled
                out.append(out.count == 0 ? "[" : ",")
                switch outcome {
                case .success(let body): out.append(contentsOf: body.bytes)
                case .failure(let error):
                    let rejection = Rejection(error, id: message.id, isModern: false)
                    out.append(contentsOf: rejection.body(in: http.bytes.span).bytes)
                }
            }
            guard out.count > 0 else { return Response(status: 202) }
            out.append("]")
            return Response(status: 200, contentType: .json, body: out)
        }
    }

    /// The bytes of a batch's answers after which no more messages are carried out: each answer may have megabytes.
    private static let batchBytesMax = 8 * 1024 * 1024

    private func element(
        _ request: AgentRequest,
        _ session: SessionIDs.Session,
        written: Int
    ) async -> Result<ByteBuffer, RPCError> {
        if written > Self.batchBytesMax {
            return .failure(
                RPCError(.internalError, "The batch's answer is too large; send this message alone.")
            )
        }
        guard let caller = present(request.caller) else {
            return .failure(
                RPCError(.invalidRequest, "The key stopped working while the batch was answered.")
            )
        }
        if let mark = session.mark, caller.state.snapshot.endedSessions.contains(mark) {
            return .failure(RPCError(.invalidRequest, "The session was ended while the batch was answered."))
        }
        return await carryOut(
            AgentRequest(request.message, request.http, caller, request.version, client: request.client),
            session
        )
    }

    /// The caller in the latest state; nil when its credential has stopped working. The calls before this one may have
    /// taken minutes, in which permissions and limits may have changed.
    func present(_ caller: Caller) -> Caller? {
        let latest = state
        let outcome = latest.snapshot.reauthenticate(
            caller.principal,
            of: caller.state.snapshot,
            nowMs: loop.wallMs
        )
        guard case .success(let principal) = outcome else { return nil }
        return Caller(principal: principal, state: latest, token: caller.token)
    }

    private func carryOut(
        _ request: AgentRequest,
        _ session: SessionIDs.Session
    ) async -> Result<ByteBuffer, RPCError> {
        let message = request.message
        if !message.method.asksFunction, let error = requestRefusal(request.caller) {
            return .failure(error)
        }
        if let fault = message.fault { return .failure(fault) }
        switch message.method {
        case .toolsCall, .promptsGet, .resourcesRead, .completionComplete:
            return await outcome(request, session)
        default: return outcome(of: request, in: session.mark)
        }
    }

    // MARK: Sessions

    private func initialize(_ message: RPCMessage, _ http: Request, _ caller: Caller) -> Response {
        let version: ProtocolVersion
        do {
            version = try Handshake.version(for: message, in: http.bytes.span)
        } catch {
            return Rejection(error, id: message.id, isModern: false).response(in: http)
        }
        let holderID = caller.state.snapshot.holderID(of: caller.principal)
        let info = message.params.flatMap { JSON.member("clientInfo", of: $0, in: http.bytes.span) }
        let session = SessionIDs.Session(
            version: version,
            client: info.map { ClientName.text(info: $0, in: http.bytes.span) } ?? "",
            capabilities: Self.capabilities(message, http).legacy(version)
        )
        let id = sessions.mint(session, holderID: holderID, nowMs: loop.wallMs)
        var out = AgentRequest(message, http, caller, version).openEnvelope(capacity: 512)
        let offer = offer(to: caller)
        RPCWriter.appendInitializeResult(version, caller.state.settings.identity, offer, to: &out)
        RPCWriter.closeResult(to: &out)
        return Response(
            status: 200,
            contentType: .json,
            fields: [ResponseField("Mcp-Session-Id", id)],
            body: out
        )
    }

    /// What the client that opens a session declares that it can be asked for.
    private static func capabilities(_ message: RPCMessage, _ http: Request) -> InputCapabilities {
        let bytes = http.bytes
        guard let declared = message.params.flatMap({ JSON.member("capabilities", of: $0, in: bytes.span) }),
            JSON.kind(bytes.span, at: declared) == .object
        else { return [] }
        return InputCapabilities(declared, in: bytes.span)
    }

    /// The request's session. Without a session, the version is the header's, else the assumed one.
    ///
    /// A request may come without a session, because a session holds nothing that the request would need. A session
    /// that is unknown, foreign, too old or ended is answered with 404, which makes a client initialize again.
    /// Source: MCP 2025-11-25 transports, "Session Management".
    func session(
        _ headerVersion: ProtocolVersion?,
        _ request: Request,
        _ caller: Caller
    ) -> Result<SessionIDs.Session, Rejection> {
        let bytes = request.bytes
        guard let field = request.head.fields.first(.mcpSessionID) else {
            return .success(SessionIDs.Session(version: headerVersion ?? .assumed))
        }
        let holderID = caller.state.snapshot.holderID(of: caller.principal)
        let text = bytes.span.extracting(field)
        guard let session = sessions.open(text, holderID: holderID, nowMs: loop.wallMs),
            let mark = session.mark, !caller.state.snapshot.endedSessions.contains(mark)
        else {
            let error = RPCError(.invalidRequest, "The session is unknown or has ended; initialize again.")
            return .failure(Rejection(status: 404, error: error, id: nil, isModern: false))
        }
        return .success(session)
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
