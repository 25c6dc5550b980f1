/// Why a function's answer can't be used, in words for an operator. Holds at most a short, redacted piece of
/// it.
package enum ContractError: Error, Equatable, CustomStringConvertible {
    /// The answer is not what the contract asks for.
    case badAnswer(String)
    /// The function answered with an error of its own: a status of 300 or more, or a JSON-RPC error. The hint
    /// says what to do next and may be empty.
    case refused(String, hint: String)
    /// The function says that it doesn't list what it was asked for.
    case notServed(String)
    /// The call carries more than Lambda accepts, or the function streams more than the gateway does; the text says what and
    /// how much, for the agent.
    case tooLarge(String)

    package var description: String {
        switch self {
        case .badAnswer(let message), .refused(let message, _), .notServed(let message),
            .tooLarge(let message):
            message
        }
    }

    /// What the operator can do next; empty when the message is enough.
    package var hint: String {
        if case .refused(_, let hint) = self { hint } else { "" }
    }
}
