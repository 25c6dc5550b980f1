package import Bytes
package import EventLoop

/// One request to send, already in wire form, and how long and how much to wait for.
package struct OutboundRequest {
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

    /// - Parameter message: the whole request. Framing, Host and what the head's values hold are the caller's business.
    package init(endpoint: Endpoint, message: ByteBuffer, timeout: Duration, responseBytesMax: Int) {
        self.endpoint = endpoint
        self.message = message
        self.timeout = timeout
        self.responseBytesMax = responseBytesMax
    }

    /// Builds the wire form. Host and Content-Length are added.
    /// - Parameter path: percent-encoded, with the query; the endpoint's prefix goes before it.
    /// - Throws: `.unsendable` for a method, path, host, name or value that could split the head; nothing of the value is
    ///   in the error.
    package init(
        method: String,
        endpoint: Endpoint,
        path: String,
        fields: [(name: String, value: String)] = [],
        body: ByteBuffer = ByteBuffer(),
        timeout: Duration = .seconds(30),
        responseBytesMax: Int = 8 << 20
    ) throws(HTTPClientError) {
        try Self.check(method: method, endpoint, path: path, fields)
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

    /// Source: RFC 9112 §3 and §5, RFC 9110 §5.5 and §5.6.2
    private static func check(
        method: String,
        _ endpoint: Endpoint,
        path: String,
        _ fields: [(name: String, value: String)]
    ) throws(HTTPClientError) {
        guard HeadText.isToken(method) else {
            throw .unsendable(reason: "its method is not a valid method name")
        }
        guard endpoint.isSendable else { throw .unsendable(reason: HeadText.endpointFault) }
        guard HeadText.isVisible(path) else {
            throw .unsendable(reason: "its path holds a character that must be percent-encoded")
        }
        for field in fields {
            guard HeadText.isToken(field.name) else {
                throw .unsendable(reason: "the name of a header field is not valid")
            }
            guard HeadText.isFieldValue(field.value) else {
                throw .unsendable(reason: "the value of \(field.name) holds a control character")
            }
        }
    }
}

/// What may stand in the parts of a request's head without ending them.
package enum HeadText {
    package static let endpointFault =
        "the host or path of its endpoint holds a character that can't be there"

    /// Visible ASCII characters alone.
    package static func isVisible(_ text: String) -> Bool { text.utf8.allSatisfy { 0x21...0x7E ~= $0 } }

    /// No control character but the tab. Source: RFC 9110 §5.5
    package static func isFieldValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    /// Source: RFC 9110 §5.6.2
    package static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || "!#$%&'*+-.^_`|~".utf8.contains($0)
            }
    }
}
