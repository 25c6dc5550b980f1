import Bytes
import EventLoop
import HTTP
import Policy

extension AgentEndpoint {
    /// Judges the access token in `range` of the request, asking for the issuer's keys once if that may help, and
    /// looking for a newer state when the token's tenant doesn't work in this one.
    ///
    /// - Returns: the outcome, and the state whose positions a principal in it has.
    func judge(_ range: Range<Int>, _ request: Request) async -> (Authentication.Outcome, GatewayState) {
        guard let tokens else { return (.refused(.unknown), state) }
        let first = state
        let outcome = judge(range, request, by: tokens, in: first)
        switch outcome {
        case .needsKeys(let issuer): await tokens.fetchKeys(issuer: issuer)
        case .refused where stateLook != nil: await stateLook?.look()
        default: return (outcome, first)
        }
        let second = state
        return (judge(range, request, by: tokens, in: second), second)
    }

    private func judge(
        _ range: Range<Int>,
        _ request: borrowing Request,
        by tokens: any TokenAuthority,
        in state: GatewayState
    ) -> Authentication.Outcome {
        let nowMs = loop.wallMs
        switch tokens.judge(request.bytes.span.extracting(range), nowMs: nowMs) {
        case .good(let tenant, let grant):
            let outcome = state.snapshot.authenticate(tenant: tenant, grant: grant, nowMs: nowMs)
            if case .authenticated(let principal) = outcome { return .principal(principal) }
            return .refused(outcome)
        case .insufficientScope: return .insufficientScope
        case .refused(let reason, let isGuess): return .badToken(reason: reason, isGuess: isGuess)
        case .undecided: return .undecided
        case .needsKeys(let issuer): return .needsKeys(issuer: issuer)
        }
    }
}

/// The answers to requests whose credential isn't enough, made once: a flood of guesses must cost little.
struct CredentialAnswers {
    private let missing: Response
    private let refused: Response
    private let insufficientScope: Response
    private let undecided: Response

    /// - Parameter tokens: nil where keys alone are accepted.
    init(_ tokens: (any TokenAuthority)?) {
        guard let challenges = tokens?.challenges else {
            missing = Authentication.challenge(for: .missing)
            refused = Authentication.challenge(for: .refused(.unknown))
            (insufficientScope, undecided) = (refused, refused)
            return
        }
        func answer(_ status: Int, _ text: String, _ challenge: String) -> Response {
            .text(status, text, fields: [ResponseField("WWW-Authenticate", challenge)])
        }
        missing = answer(
            401,
            "401 Unauthorized: send a key or an access token as \"Authorization: Bearer …\"\n",
            challenges.missing
        )
        refused = answer(
            401,
            "401 Unauthorized: the key or access token is unknown, expired or not for this server\n",
            challenges.invalid
        )
        insufficientScope = answer(
            403,
            "403 Forbidden: the access token lacks a scope that every request needs\n",
            challenges.insufficientScope
        )
        undecided = .text(
            503,
            "503 Service Unavailable: the token's issuer can't be asked for its keys at the moment\n",
            fields: [ResponseField("Retry-After", "10")]
        )
    }

    func answer(for outcome: Authentication.Outcome) -> Response {
        switch outcome {
        case .missing: missing
        case .insufficientScope: insufficientScope
        case .undecided: undecided
        case .principal, .refused, .malformed, .token, .badToken, .needsKeys: refused
        }
    }
}
