import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

/// `resources/subscribe` and `resources/unsubscribe` of the legacy era, and what watches of both eras need of a request.
/// Source: MCP 2025-11-25, server/resources, "Subscriptions"
extension AgentEndpoint {
    /// How resources are watched; nil where they can't be.
    var watches: WatchSettings? { streams.poller == nil ? nil : streams.watchSettings }

    /// Adds a resource to those that a session watches.
    func subscribe(_ request: AgentRequest, _ session: SessionMark?) -> Result<ByteBuffer, RPCError> {
        guard watches != nil else { return .failure(request.unknownMethod) }
        let uri: String
        switch EntryResolution(request, nowMs: loop.wallMs, tokens: tokens).watched() {
        case .success(let found): uri = found
        case .failure(let error): return .failure(error)
        }
        guard let session else { return .failure(.sessionNeeded) }
        let bytes = request.http.bytes
        let id = request.http.head.fields.first(.mcpSessionID).map { Array(bytes[$0]) } ?? []
        let origin = PollOrigin(request.version, client: request.client, session: id)
        do throws(WatchTable.Refusal) {
            try streams.watch(uri, in: session, origin)
        } catch {
            return .failure(refusal(error, isKey: request.caller.principal.key != nil))
        }
        return .success(empty(request))
    }

    /// Removes a resource from those that a session watches. What it doesn't watch needs no removal, whatever it is: a client
    /// can always get rid of what it may not read any more.
    func unsubscribe(_ request: AgentRequest, _ session: SessionMark?) -> Result<ByteBuffer, RPCError> {
        guard watches != nil else { return .failure(request.unknownMethod) }
        guard let uri = request.message.uri?.text(in: request.http.bytes.span) else {
            return .failure(RPCError(.invalidParams, "params.uri is missing or not a string."))
        }
        guard let session else { return .failure(.sessionNeeded) }
        streams.unwatch(uri, in: session)
        return .success(empty(request))
    }

    /// What polls need for a stream that says itself what it watches.
    func polling(for request: AgentRequest) -> StreamPolling? {
        guard watches != nil else { return nil }
        let bytes = request.http.bytes
        let name =
            request.message.clientInfo.map { ClientName.text(info: $0, in: bytes.span) }
            ?? request.http.head.fields.first(.userAgent).map { ClientName.text(agent: $0, in: bytes.span) }
        let origin = PollOrigin(request.version, client: name ?? "")
        return StreamPolling(origin, token: token(of: request.caller, in: request.http))
    }

    /// What polls need for a stream of a session.
    func polling(forGET request: Request, _ caller: Caller) -> StreamPolling? {
        guard watches != nil else { return nil }
        return StreamPolling(nil, token: token(of: caller, in: request))
    }

    private func token(of caller: Caller, in request: Request) -> [UInt8] {
        caller.token.map { Array(request.bytes[$0]) } ?? []
    }

    /// The error for a watch that has no place.
    func refusal(_ refusal: WatchTable.Refusal, isKey: Bool) -> RPCError {
        let metric = JSONValue.string("resource watches")
        switch refusal {
        case .perStream:
            let max = watches?.perStreamMax ?? 0
            return .noPlace(
                RPCError(
                    .limitExceeded,
                    "This session watches \(max) resources already; unsubscribe from one."
                ),
                [("limit", "session"), ("metric", metric)]
            )
        case .perCredential:
            let word = isKey ? "key" : "token"
            return .noPlace(
                RPCError(
                    .limitExceeded,
                    "Streams and sessions of this \(word) watch too many resources; close one."
                ),
                [("limit", .string(word)), ("metric", metric)]
            )
        case .all:
            return .noPlace(
                RPCError(.unavailable, "Too many resources are watched; try again later."),
                [("reason", metric)]
            )
        }
    }
}

extension RPCError {
    /// With 200, as an error of the operation: a legacy client takes 400 for a broken transport.
    fileprivate static var sessionNeeded: RPCError {
        RPCError(
            .invalidParams,
            "Subscriptions belong to a session: initialize, and send the header Mcp-Session-Id with each request."
        )
    }
}
