package import HTTP
package import MCP
package import Policy

/// What every surface on the agents' listener asks first: may this request be served at all, and for whom?
package enum Admission {
    case admitted(Admitted)
    /// `answer` is what an MCP client is told; other surfaces say the same in their own form.
    case refused(AdmissionFault, answer: Response)
}

/// A request's credential works.
package struct Admitted: Sendable {
    package let principal: Principal
    /// The state whose positions the principal has.
    package let state: GatewayState
    /// Where an access token lies in the request's bytes; nil for a key.
    package let token: Range<Int>?
}

/// What is known of a request's admission without waiting.
enum Screening {
    case principal(Principal)
    /// A token, in the request's bytes, that is still to be judged.
    case token(Range<Int>)
    /// A key that doesn't work in the state in force; the store may know better.
    case unknown
    case refused(AdmissionFault, answer: Response)
}

package enum AdmissionFault: Sendable, Equatable {
    /// The Host field bears a name that isn't allowed.
    case host
    case origin
    /// Too many wrong credentials came from the address.
    case tooManyFailures
    /// There is no credential.
    case missing
    /// There is one, and it doesn't work.
    case refused
    /// A good access token without a scope that every request needs.
    case insufficientScope
    /// An access token that can't be judged now.
    case undecided

    init(_ outcome: Authentication.Outcome) {
        self =
            switch outcome {
            case .missing: .missing
            case .insufficientScope: .insufficientScope
            case .undecided: .undecided
            case .principal, .refused, .malformed, .token, .badToken, .needsKeys: .refused
            }
    }
}

extension AgentEndpoint {
    /// Takes one request other than a call from the credential's budget; the error when it is used up.
    package func requestRefusal(_ admitted: Admitted) -> RPCError? {
        requestRefusal(Caller(principal: admitted.principal, state: admitted.state))
    }

    /// The answer to a browser that asks before a page's request; nil when the request is something else.
    package func preflight(_ request: borrowing Request) -> Response? {
        guard let answer = CrossOrigin(sourceCheck).preflight(request) else { return nil }
        counters.count(.preflight, answer.status)
        return answer
    }

    /// What an answer to the request has to bear so that a page of an allowed origin may read it.
    package func crossOriginFields(for request: borrowing Request) -> [ResponseField] {
        sourceCheck.listsOrigins ? CrossOrigin(sourceCheck).fields(for: request) : []
    }

    /// Counts a request to the portal, in place of one to `/mcp`.
    package func countPortal(_ status: Int) { counters.count(status == 429 ? .limited : .portal, status) }
}
