package import EventLoop

/// The receiver of the answer to a request: the port to the HTTP server's exchange. One loop's thread only.
package protocol AgentClient: AnyObject {
    /// Cancelled when the client goes away, for calls that end then; nil when its going away can't be noticed.
    var callCancellation: Cancellation? { get }

    /// Begins an answer of events, for what is said before the result; then `receive` gets `.told` at the end. nil when the
    /// client can't take one. Called at most once for each request.
    func beginEvents(from endpoint: AgentEndpoint) -> (any EventSink)?

    /// Called once for each request. A stream must be attached during this call.
    func receive(_ answer: consuming AgentAnswer, from endpoint: AgentEndpoint)
}

extension AgentClient {
    /// For clients that take whole answers alone.
    package func beginEvents(from endpoint: AgentEndpoint) -> (any EventSink)? { nil }
}
