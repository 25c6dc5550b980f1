package import EventLoop

/// Who gets the answer to a request: the port to the HTTP server's exchange. One loop's thread only.
package protocol AgentClient: AnyObject {
    /// Cancelled when the client goes away; for calls that end with it. nil when nobody can tell.
    var callCancellation: Cancellation? { get }

    /// Called once for each request. A stream is to be attached now.
    func receive(_ answer: consuming AgentAnswer, from endpoint: AgentEndpoint)
}
