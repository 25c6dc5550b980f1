import Contracts
import Policy
import Store

/// What one inquiry of a target has found out about how its function wants to be asked.
struct InquirySession {
    /// Where requests go, and in which session.
    var http: HTTPExchange
    /// When the whole inquiry must have ended.
    let deadline: ContinuousClock.Instant
    /// How many requests were made: the last one's id.
    private(set) var requestCount = 0
    /// What the function has answered to `initialize`; nil as long as it wasn't asked.
    var greeting: ToolSourceAnswer?

    init(_ target: TargetSpec, deadline: ContinuousClock.Instant) {
        http = HTTPExchange(
            address: HTTPAddress(path: target.invoke.httpPath, host: target.invoke.httpHost),
            seed: CallIDSeed(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        )
        self.deadline = deadline
    }

    /// The id of the next request.
    mutating func nextID() -> Int {
        requestCount += 1
        return requestCount
    }
}
