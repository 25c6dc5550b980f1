package import Bytes

/// A media type the gateway answers with.
package enum ContentType: Sendable, Equatable {
    case json, problemJSON, eventStream, plainText, prometheusText, openAPI, html
    case other(String)

    package var text: String {
        switch self {
        case .json: "application/json"
        case .problemJSON: "application/problem+json"
        case .eventStream: "text/event-stream"
        case .plainText: "text/plain; charset=utf-8"
        case .prometheusText: "text/plain; version=0.0.4; charset=utf-8"
        case .openAPI: "application/vnd.oai.openapi+json"
        case .html: "text/html; charset=utf-8"
        case .other(let text): text
        }
    }
}

/// One header field of a response. The value must hold no CR, LF or NUL; the server refuses to write one that does.
package struct ResponseField: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One whole response. The server adds Content-Length, Date and Connection itself; they aren't in `fields`.
package struct Response: Sendable, Equatable {
    package var status: Int
    /// nil when there is no body.
    package var contentType: ContentType?
    package var fields: [ResponseField]
    package var body: ByteBuffer

    package init(
        status: Int,
        contentType: ContentType? = nil,
        fields: [ResponseField] = [],
        body: ByteBuffer = ByteBuffer()
    ) {
        self.status = status
        self.contentType = contentType
        self.fields = fields
        self.body = body
    }

    package static func text(_ status: Int, _ text: String, fields: [ResponseField] = []) -> Response {
        Response(status: status, contentType: .plainText, fields: fields, body: ByteBuffer(text))
    }
}
