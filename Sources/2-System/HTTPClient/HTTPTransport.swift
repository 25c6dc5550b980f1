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

    /// Sends a request and hands over its response once the head is there; the body is read from it piece by piece.
    ///
    /// The whole body counts against `timeout`; `responseBytesMax` bounds it. A transport that can't stream hands over a
    /// whole response.
    func stream(_ request: consuming OutboundRequest, to receiver: any StreamedResponseReceiver)

    /// Whether responses of that endpoint come as they are sent, and not as a whole at their end.
    func streams(from endpoint: Endpoint) -> Bool

    /// Gives a response's bytes back when they are not needed any more, so that the next response finds them.
    func recycle(_ bytes: consuming [UInt8])
}

/// Who waits for a response without a task. One loop's thread only.
package protocol ResponseReceiver: AnyObject {
    /// Called once. Another request may be sent from here.
    func received(_ outcome: consuming Result<ClientResponse, HTTPClientError>)
}

/// Who waits for the head of a streamed response. One loop's thread only.
package protocol StreamedResponseReceiver: AnyObject {
    /// Called once. The body is whoever's it is given to: it ends the exchange when it is dropped.
    func began(_ outcome: consuming Result<ResponseBody, HTTPClientError>)
}

extension HTTPTransport {
    package func recycle(_ bytes: consuming [UInt8]) {}

    /// `stream` of a transport that can't: hands a whole response over.
    package func streamWhole(_ request: consuming OutboundRequest, to receiver: any StreamedResponseReceiver)
    {
        send(request, to: WholeResponse(for: receiver))
    }
}

/// Hands a whole response over as a streamed one.
private final class WholeResponse: ResponseReceiver {
    private let receiver: any StreamedResponseReceiver

    init(for receiver: any StreamedResponseReceiver) { self.receiver = receiver }

    func received(_ outcome: consuming Result<ClientResponse, HTTPClientError>) {
        receiver.began(outcome.map { ResponseBody(whole: $0) })
    }
}
