import EventLoop
import HTTP
import MCP
import Policy

/// The budget of requests other than calls, and the answer to unsupported HTTP methods.
extension AgentEndpoint {
    /// Takes one request other than a call from the caller's budget.
    /// - Returns: the answer when the budget is used up; else nil.
    func refuseRequest(
        _ request: borrowing Request,
        _ caller: Caller,
        id: Range<Int>? = nil,
        isModern: Bool = true
    ) -> Response? {
        guard let error = requestRefusal(caller) else { return nil }
        counters.count(.limited, 429)
        return Rejection(error, id: id, isModern: isModern).response(in: request)
    }

    /// Takes one request other than a call from the caller's budget.
    /// - Returns: the error when the budget is used up; else nil.
    func requestRefusal(_ caller: Caller) -> RPCError? { takeRequest(of: caller)?.error }

    /// The answer to an HTTP method that the endpoint doesn't have. A modern client may use POST only.
    func notAllowed(_ request: Request) -> Response {
        counters.count(.method, 405)
        return .text(
            405,
            "405 Method Not Allowed: send MCP messages with POST\n",
            fields: [
                ResponseField("Allow", Inbound.namesModernVersion(request) ? "POST" : legacyMethods)
            ]
        )
    }

    private var legacyMethods: String {
        let methods = [
            ("DELETE", sessionEnding != nil), ("GET", streamBounds.settings.offersStreams), ("POST", true),
        ]
        return methods.filter { $0.1 }.map { $0.0 }.joined(separator: ", ")
    }
}

extension Inbound {
    /// Whether the whole counts as one request other than a call, and how it would be refused. Not to be asked of a
    /// modern call, which was recognised before. Of a batch with
    /// requests each counts by itself.
    var countsAsRequest: (id: Range<Int>?, isModern: Bool)? {
        switch self {
        case .rejected(let rejection): (rejection.id, rejection.isModern)
        case .accepted: (nil, true)
        case .modern(let message): (message.id, true)
        case .legacy(let message, _):
            message.isRequest && message.method.asksFunction ? nil : (message.id, false)
        case .batch(let messages, _): messages.contains { $0.isRequest } ? nil : (nil, false)
        }
    }
}
