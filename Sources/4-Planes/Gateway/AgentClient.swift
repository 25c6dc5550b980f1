package import EventLoop

/// The receiver of the answer to a request: the port to the HTTP server's exchange. One loop's thread only.
package protocol AgentClient: AnyObject {
    /// Cancelled when the client goes away, for calls that end then; nil when its going away can't be noticed.
    var callCancellation: Cancellation? { get }

    /// Called once for each request. A stream must be attached during this call.
    func receive(_ answer: consuming AgentAnswer, from endpoint: AgentEndpoint)
}
