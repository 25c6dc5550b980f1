import Bytes
package import HTTP
package import JSON

/// An API's answer to a request.
package struct APIReply: Sendable, Equatable {
    package var status: Int
    package var body: JSONValue?
    /// Why the request was not served; then its JSON is the body.
    package var problem: Problem?
    /// The revision of the thing in the body, which a later `If-Match` may name.
    package var etag: EntityTag?
    /// Further header fields.
    package var fields: [ResponseField]

    /// A route's answer leaves the status to the router.
    package init(
        status: Int = 200,
        _ body: JSONValue?,
        problem: Problem? = nil,
        etag: EntityTag? = nil,
        fields: [ResponseField] = []
    ) {
        self.status = status
        self.body = body
        self.problem = problem
        self.etag = etag
        self.fields = fields
    }

    /// The header field with a note on a success.
    package static let noteName = "X-Gateway-Note"

    /// A note on a success, beside its body.
    package var note: String? { fields.first { $0.name == Self.noteName }?.value }

    package mutating func add(note: String?) {
        if let note { fields.append(ResponseField(Self.noteName, note)) }
    }

    /// The answer as an HTTP response. Caches must keep nothing of an API, because it is about secrets and permissions.
    package func response(requestID: String?) -> Response {
        var all = [
            ResponseField("Cache-Control", "no-store"), ResponseField("X-Content-Type-Options", "nosniff"),
        ]
        if let requestID { all.append(ResponseField("X-Request-Id", requestID)) }
        if let etag { all.append(ResponseField("ETag", etag.text)) }
        guard let body else { return Response(status: status, fields: all + fields) }
        var bytes = ByteBuffer()
        body.write(to: &bytes)
        return Response(
            status: status,
            contentType: problem == nil ? .json : .problemJSON,
            fields: all + fields,
            body: bytes
        )
    }
}
