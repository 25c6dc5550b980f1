package import Bytes
package import EventLoop

/// One request to send, already in wire form, and how long and how much to wait for.
package struct OutboundRequest: Sendable {
    package let endpoint: Endpoint
    /// Request line, fields, empty line and body, as they go onto the wire.
    package var message: ByteBuffer
    /// From now to the last byte of the response, with queueing, resolving and connecting.
    package var timeout: Duration
    /// A response with a larger body is refused.
    package var responseBytesMax: Int
    /// The request is HEAD: no body follows the response's head.
    package var isHead = false
    /// Ends the request early when its owner loses interest.
    package var cancellation: Cancellation?

    /// - Parameter message: the whole request. Framing and Host are the caller's business.
    package init(endpoint: Endpoint, message: ByteBuffer, timeout: Duration, responseBytesMax: Int) {
        self.endpoint = endpoint
        self.message = message
        self.timeout = timeout
        self.responseBytesMax = responseBytesMax
    }

    /// Builds the wire form. Host and Content-Length are added.
    /// - Parameter path: percent-encoded, with the query; the endpoint's prefix goes before it.
    package init(
        method: String,
        endpoint: Endpoint,
        path: String,
        fields: [(name: String, value: String)] = [],
        body: ByteBuffer = ByteBuffer(),
        timeout: Duration = .seconds(30),
        responseBytesMax: Int = 8 << 20
    ) {
        var message = ByteBuffer(capacity: 256 + body.count)
        message.append("\(method) \(endpoint.pathPrefix)\(path) HTTP/1.1\r\nHost: \(endpoint.hostField)\r\n")
        for field in fields { message.append("\(field.name): \(field.value)\r\n") }
        if body.count > 0 || method != "GET" && method != "HEAD" {
            message.append("Content-Length: \(body.count)\r\n")
        }
        message.append("\r\n")
        message.append(contentsOf: body.bytes)
        self.init(endpoint: endpoint, message: message, timeout: timeout, responseBytesMax: responseBytesMax)
        isHead = method == "HEAD"
    }
}
