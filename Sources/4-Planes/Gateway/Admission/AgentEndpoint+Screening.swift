import EventLoop
package import HTTP
import MCP
import Policy

/// What is decided by a request's head, before its body is read: nothing of a body is kept for whoever will be refused.
///
/// Whatever passes here is decided anew, by the state of that moment, when the request is whole.
extension AgentEndpoint {
    /// The answer to a request to the endpoint that is known already; nil when it depends on the body.
    package func answer(toHead head: Request, _ caller: Caller) -> Response? {
        switch head.head.method {
        case .post:
            if let rejection = Inbound.headRefusal(head) {
                if let refusal = refuseRequest(head, caller) { return refusal }
                counters.count(.rejected, rejection.status)
                return rejection.response(in: head)
            }
            guard Inbound.announcesOtherThanCall(head),
                !caller.state.limits.requests.isOpen(caller.principal, nowNs: loop.now)
            else { return nil }
            return refuseRequest(head, caller)
        case .get: return nil
        default: return refuseRequest(head, caller) ?? notAllowed(head)
        }
    }
}
