import Bytes
import EventLoop
import HTTP
import JSON
import MCP
import Policy

/// The cancellation of legacy calls by `notifications/cancelled`. A call that is cancelled has no answer: its POST gets
/// 202 without a body, and in a batch it is left out.
/// Source: MCP 2025-11-25, basic/utilities/cancellation.
extension AgentEndpoint {
    /// Carries out a call, which can be cancelled if it has a session.
    func start(_ request: AgentRequest, _ session: SessionIDs.Session, for client: any AgentClient) {
        guard let (name, cancellation) = register(request, session) else {
            return ToolCall(request, at: self, for: .client(client)).start()
        }
        let named = NamedCaller(client, name, cancellation)
        ToolCall(request.cancelled(by: cancellation), at: self, for: .client(named)).start()
    }

    /// The same for a message of a batch; empty when it was cancelled.
    func outcome(
        _ request: AgentRequest,
        _ session: SessionIDs.Session
    ) async -> Result<ByteBuffer, RPCError> {
        let registered = register(request, session)
        let request = registered.map { request.cancelled(by: $0.cancellation) } ?? request
        let outcome = await withCheckedContinuation { continuation in
            ToolCall(request, at: self, for: .task { continuation.resume(returning: $0) }).start()
        }
        if let name = registered?.name { sessionCalls.ended(name) }
        return outcome
    }

    private func register(
        _ request: AgentRequest,
        _ session: SessionIDs.Session
    ) -> (name: SessionCalls.Name, cancellation: Cancellation)? {
        guard let code = session.mark?.code, let id = request.message.id,
            let name = SessionCalls.Name(session: code, id: id, in: request.http.bytes.span)
        else { return nil }
        let cancellation = Cancellation()
        return sessionCalls.began(name, cancellation) ? (name, cancellation) : nil
    }

    /// Handles a notification or a response of a legacy client. One that means nothing here is ignored.
    func take(_ notification: RPCMessage, _ http: Request, _ session: SessionIDs.Session) {
        if notification.isResponse { return take(answer: notification, http, session) }
        let bytes = http.bytes
        guard notification.method == .cancelled, let code = session.mark?.code,
            let params = notification.params,
            let id = JSON.member("requestId", of: params, in: bytes.span),
            let name = SessionCalls.Name(session: code, id: id, in: bytes.span)
        else { return }
        if !sessionCalls.cancel(name) { cancelRelay?.cancel(name, except: loop) }
    }
}
