/// What sends a request and returns the response: `HTTPClient` on the hot path, libcurl where a proxy is configured.
///
/// Called on the loop that the transport belongs to.
package protocol HTTPTransport: AnyObject {
    /// Sends a request; the receiver is told the outcome once, on the loop, maybe before this returns.
    ///
    /// The transport keeps the receiver so long. This form needs no task.
    func send(_ request: consuming OutboundRequest, to receiver: any ResponseReceiver)

    /// Sends a request and returns the response.
    func send(_ request: consuming OutboundRequest) async throws(HTTPClientError) -> ClientResponse

    /// Gives a response's bytes back when they are not needed any more, so that the next response finds them.
    func recycle(_ bytes: consuming [UInt8])
}

/// Who waits for a response without a task. One loop's thread only.
package protocol ResponseReceiver: AnyObject {
    /// Called once. Another request may be sent from here.
    func received(_ outcome: consuming Result<ClientResponse, HTTPClientError>)
}

extension HTTPTransport {
    package func recycle(_ bytes: consuming [UInt8]) {}
}
