import Bytes

/// The request methods the gateway tells apart. Source: RFC 9110 §9.
package enum Method: Sendable, Equatable {
    case get, head, post, put, patch, delete, options
    /// Any other token.
    case other
}

/// How a message's body is delimited. Source: RFC 9112 §6.
package enum BodyFraming: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
    /// Responses only: until the connection closes.
    case untilClose
}

/// The head of one request, as ranges into the bytes it was parsed from.
package struct RequestHead: Sendable {
    package var method: Method = .get
    /// The method's own spelling.
    package var methodName: Range<Int> = 0..<0
    /// The path of the request target, without the query, still percent-encoded.
    package var path: Range<Int> = 0..<0
    /// What follows the first `?`; nil when there is none.
    package var query: Range<Int>?
    /// 0 or 1: the x of HTTP/1.x.
    package var minorVersion = 1
    package var fields = HeaderFields()
    package var framing = BodyFraming.none
    package var keepAlive = true
    package var expectsContinue = false
    /// The size of the head in bytes, with the empty line that ends it.
    package var count = 0

    package init() {}
}

/// One whole request: its bytes, and the ranges of its parts in them. The body is contiguous and no longer chunked.
package struct Request: Sendable {
    package var bytes: [UInt8]
    package var head: RequestHead
    /// Where the body lies in `bytes`.
    package var body: Range<Int>
    /// The peer's address as text, without the port, e.g. `127.0.0.1`.
    package var peer: String

    package init(bytes: [UInt8], head: RequestHead, body: Range<Int>, peer: String = "") {
        self.bytes = bytes
        self.head = head
        self.body = body
        self.peer = peer
    }

    /// The path as text, still percent-encoded.
    package var path: String { bytes.span.text(head.path) }

    /// The query as text, still percent-encoded; empty when there is none.
    package var query: String { head.query.map { bytes.span.text($0) } ?? "" }

    /// The value of the first header field of that name, which is in lower-case ASCII.
    package func header(_ name: StaticString) -> String? {
        head.fields.first(name, in: bytes.span).map { bytes.span.text($0) }
    }
}
