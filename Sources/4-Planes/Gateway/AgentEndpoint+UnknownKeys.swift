import HTTP
import Policy

/// A request that is not served, and what its client is told.
struct ScreeningRefusal: Error {
    let fault: AdmissionFault
    let answer: Response
}

extension AgentEndpoint {
    /// Decides for good about a request with a key that the state in force doesn't know: after a look for a newer one.
    ///
    /// Only now is it a failed attempt.
    func screenAnew(_ request: Request) async -> Result<Admitted, ScreeningRefusal> {
        await stateLook?.look()
        switch screen(request, mayLook: false) {
        case .principal(let principal):
            return .success(Admitted(principal: principal, state: state, token: nil))
        case .refused(let fault, let answer):
            return .failure(ScreeningRefusal(fault: fault, answer: answer))
        case .unknown, .token:
            // Neither comes of a key that may not be looked for again.
            return .failure(
                ScreeningRefusal(fault: .refused, answer: Authentication.challenge(for: .malformed))
            )
        }
    }
}
