import EventLoop
package import HTTP
import MCP
import Policy

/// What is decided by a request's head, before its body is read: nothing of a body is kept for whoever will be refused.
///
/// Whatever passes here is decided anew, by the state of that moment, when the request is whole.
extension AgentEndpoint {
    /// As `admit`, for what needs no waiting: nil when a verdict has to be waited for. Counts nothing but refusals.
    package func admitAtOnce(_ head: Request) -> Admission? {
        switch screen(head) {
        case .principal(let principal):
            .admitted(Admitted(principal: principal, state: state, token: nil))
        case .token, .unknown: nil
        case .refused(let fault, let answer): .refused(fault, answer: answer)
        }
    }

    /// The answer to a request to the endpoint that is known already; nil when it depends on the body.
    package func answer(toHead head: Request, _ admitted: Admitted) -> Response? {
        let caller = Caller(principal: admitted.principal, state: admitted.state)
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

extension Admitted {
    /// The store's id of the tenant that the request speaks for.
    package var tenantID: Int64 { state.snapshot.tenants[principal.tenant].id }
}
