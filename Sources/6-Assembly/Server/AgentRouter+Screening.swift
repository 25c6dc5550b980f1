import EventLoop
import Gateway
package import HTTP
package import HTTPServer
import Policy
import PortalAPI
import REST

/// Decides about requests by their heads: nothing of a body is kept before its sender is authenticated and admitted.
extension AgentRouter {
    /// The most bytes of body that a request may bring when its method has no use for one.
    private static let uselessBytesMax = 8 * 1024

    package func screen(_ head: Request) -> HeadVerdict { readable(judge(head), by: head) }

    private func judge(_ head: Request) -> HeadVerdict {
        if head.head.method == .options, let answer = endpoint.preflight(head) { return .respond(answer) }
        if Self.isEndpoint(head) { return judge(head, endpoint.admission.verdict(on: head)) }
        if PortalAPIHandler.serves(head) { return portal.screen(head) }
        return .respond(openAnswer(head))
    }

    private func readable(_ verdict: HeadVerdict, by head: Request) -> HeadVerdict {
        switch verdict {
        case .proceed: verdict
        case .respond(let answer): .respond(endpoint.readable(answer, by: head))
        case .wait(let judge): readableLater(judge)
        }
    }

    private func readableLater(_ judge: @escaping @Sendable (Request) async -> HeadVerdict) -> HeadVerdict {
        let router = LoopBound(self, on: endpoint.loop)
        return .wait { head in router.value.readable(await judge(head), by: head) }
    }

    private func judge(_ head: Request, _ verdict: Verdict<Caller>) -> HeadVerdict {
        switch verdict {
        case .accepted(let caller):
            if let answer = endpoint.answer(toHead: head, caller) { return .respond(answer) }
            let isPost = head.head.method == .post
            return .proceed(
                bodyBytesMax: isPost ? .max : Self.uselessBytesMax,
                payer: .tenant(caller.tenantID)
            )
        case .refused(let refusal): return .respond(endpoint.admission.answer(to: refusal))
        case .pending(let pending, _):
            let held = LoopBound(self, on: endpoint.loop)
            return .wait { head in
                let router = held.value
                return router.judge(head, await router.endpoint.admission.verdict(on: head, after: pending))
            }
        }
    }
}

extension PortalAPIHandler {
    /// Does for the portal's paths what the router's `screen` does for its own.
    func screen(_ head: Request) -> HeadVerdict { judge(head, endpoint.admission.verdict(on: head)) }

    private func judge(_ head: Request, _ verdict: Verdict<Caller>) -> HeadVerdict {
        switch verdict {
        case .accepted(let caller):
            if case .length = head.head.framing, let problem = APIRequest.bodyRefusal(head) {
                return .respond(
                    problem.reply(requestID: nil).response(requestID: APIFace.requestID(of: head))
                )
            }
            return .proceed(bodyBytesMax: PortalAPI.bodyBytesMax, payer: .tenant(caller.tenantID))
        case .refused(let refusal): return .respond(answer(to: refusal, head))
        case .pending(let pending, _):
            let held = LoopBound(self, on: endpoint.loop)
            return .wait { head in
                let portal = held.value
                return portal.judge(head, await portal.endpoint.admission.verdict(on: head, after: pending))
            }
        }
    }
}

extension BufferPayer {
    static func tenant(_ id: Int64) -> BufferPayer {
        BufferPayer(realm: 1, id: UInt64(bitPattern: id))
    }

    /// Pays for everybody who has an admin token.
    static let operators = BufferPayer(realm: 2, id: 0)
}
