import Bytes
package import HTTP
package import JSON

/// What an API answers.
package struct APIReply: Sendable, Equatable {
    package var status: Int
    package var body: JSONValue?
    /// Why the request was not served; its JSON is the body then.
    package var problem: Problem?
    /// The revision that an `If-Match` may name.
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

    /// The header field of a success that has something to say beside its body.
    package static let noteName = "X-Gateway-Note"

    /// What a success has to say beside its body.
    package var note: String? { fields.first { $0.name == Self.noteName }?.value }

    package mutating func add(note: String?) {
        if let note { fields.append(ResponseField(Self.noteName, note)) }
    }

    /// The answer in HTTP. Nothing of an API is to be kept by caches: it's about secrets and rights.
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
