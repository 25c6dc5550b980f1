/// What sends a request and returns the response: `HTTPClient` on the hot path, libcurl where a proxy is configured.
package protocol HTTPTransport: AnyObject, Sendable {
    /// Called on the loop the transport belongs to.
    func send(_ request: consuming OutboundRequest) async throws(HTTPClientError) -> ClientResponse

    /// Gives a response's bytes back when they are not needed any more, so that the next response finds them.
    func recycle(_ bytes: consuming [UInt8])
}

extension HTTPTransport {
    package func recycle(_ bytes: consuming [UInt8]) {}
}
