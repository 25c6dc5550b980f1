import EventLoop
package import HTTP
import MCP
import Policy

/// Decides by a request's head, before its body is read, so that no body is kept for a request that will be refused.
///
/// A request that passes here is decided again when it is whole, by the state in force then.
extension AgentEndpoint {
    /// The answer to a request to the endpoint, if its head decides it; nil when the answer depends on the body.
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
