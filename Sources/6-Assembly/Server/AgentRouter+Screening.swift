import Gateway
package import HTTP
package import HTTPServer
import PortalAPI
import REST

/// Requests whose bodies have to be waited for: who asks, and may, decides before anything of a body is kept.
extension AgentRouter {
    /// What a request may bring that has no use for a body.
    private static let uselessBytesMax = 8 * 1024

    package func screen(_ head: Request) -> HeadVerdict { readable(judge(head), by: head) }

    private func judge(_ head: Request) -> HeadVerdict {
        if head.head.method == .options, let answer = endpoint.preflight(head) { return .respond(answer) }
        if Self.isEndpoint(head) {
            guard let admission = endpoint.admitAtOnce(head) else {
                return .wait { [self] head in verdict(head, await endpoint.admit(head)) }
            }
            return verdict(head, admission)
        }
        if PortalAPIHandler.serves(head) { return portal.screen(head) }
        return .respond(openAnswer(head))
    }

    private func readable(_ verdict: HeadVerdict, by head: Request) -> HeadVerdict {
        switch verdict {
        case .proceed: verdict
        case .respond(let answer): .respond(endpoint.readable(answer, by: head))
        case .wait(let judge): .wait { [self] head in readable(await judge(head), by: head) }
        }
    }

    private func verdict(_ head: Request, _ admission: Admission) -> HeadVerdict {
        switch admission {
        case .refused(_, let answer): return .respond(answer)
        case .admitted(let admitted):
            if let answer = endpoint.answer(toHead: head, admitted) { return .respond(answer) }
            let isPost = head.head.method == .post
            return .proceed(
                bodyBytesMax: isPost ? .max : Self.uselessBytesMax,
                payer: .tenant(admitted.tenantID)
            )
        }
    }
}

extension PortalAPIHandler {
    /// As the router's, for the portal's paths.
    func screen(_ head: Request) -> HeadVerdict {
        guard let admission = endpoint.admitAtOnce(head) else {
            return .wait { [self] head in verdict(head, await endpoint.admit(head)) }
        }
        return verdict(head, admission)
    }

    private func verdict(_ head: Request, _ admission: Admission) -> HeadVerdict {
        switch admission {
        case .refused(let fault, let answer): return .respond(refusal(fault, answer, of: head))
        case .admitted(let admitted):
            if case .length = head.head.framing, let problem = APIRequest.bodyRefusal(head) {
                return .respond(problem.reply(requestID: nil).response(requestID: Self.requestID(of: head)))
            }
            return .proceed(bodyBytesMax: PortalAPI.bodyBytesMax, payer: .tenant(admitted.tenantID))
        }
    }
}

extension BufferPayer {
    static func tenant(_ id: Int64) -> BufferPayer {
        BufferPayer(realm: 1, id: UInt64(bitPattern: id))
    }

    /// All who have an admin token.
    static let operators = BufferPayer(realm: 2, id: 0)
}
