import EventLoop
import HTTP
import MCP
import Policy

/// The clients of legacy sessions that come back to a call's stream. Source: MCP 2025-11-25 transports, "Resumability and Redelivery"
extension AgentEndpoint {
    /// The rest of the stream that the request's `Last-Event-ID` names.
    /// - Returns: nil when it names no event that the gateway could have given.
    func resumed(
        _ session: SessionIDs.Session,
        _ request: Request,
        _ caller: Caller
    ) throws(Rejection) -> ResumedStream? {
        let bytes = request.bytes
        guard let field = request.head.fields.first("last-event-id", in: bytes.span),
            let id = EventID(bytes.span.extracting(field))
        else { return nil }
        guard let code = session.mark?.code,
            let source = resumable.find(ResumableStreams.Name(session: code, stream: id.stream))
        else {
            let error = RPCError(
                .invalidRequest,
                "The stream of Last-Event-ID is not this session's, or is kept no more: what was missed can't be "
                    + "sent again. Call again, and list again."
            )
            throw Rejection(error, id: nil, isModern: false)
        }
        let holderID = caller.state.snapshot.holderID(of: caller.principal)
        do throws(StreamBounds.Refusal) {
            return ResumedStream(
                source,
                after: id.number,
                try streamBounds.take(holderID, session: nil),
                on: loop,
                keepAlive: streams.keepAlive
            )
        } catch {
            throw Rejection(
                refusal(error, isKey: caller.principal.key != nil),
                id: nil,
                isModern: false
            )
        }
    }
}

extension ToolCall {
    /// What is kept of the call's events, for a client that may come back: for calls of a legacy session alone, and only where
    /// there may be streams.
    func keptEvents() -> KeptEvents? {
        guard endpoint.streamBounds.settings.offersStreams, case .client(let client) = asker,
            let named = client as? NamedCaller,
            let id = request.message.id
        else { return nil }
        let held = request.http.bytes
        return endpoint.resumable.begin(
            in: named.session,
            of: request.state.snapshot.holderID(of: request.caller.principal),
            requestID: Array(held[id]),
            sparing: endpoint.streamedBytes,
            on: endpoint.loop
        )
    }
}
