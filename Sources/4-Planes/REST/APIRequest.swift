package import HTTP
package import JSON

/// One request to a JSON API: already taken apart, not yet checked.
///
/// Made from an HTTP request by `init(_:under:)`, or directly by a program that asks in process.
package struct APIRequest: Sendable, Equatable {
    /// What follows the `?`, decoded, in its order.
    package struct QueryItem: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var method: Method
    /// The segments of the path after the API's root, decoded, e.g. `["tenants", "acme"]`.
    package var path: [String]
    package var query: [QueryItem]
    package var body: JSONValue?
    /// The field `If-Match` as it came.
    package var ifMatch: String?
    /// What the audit log and the answer call this request.
    package var requestID: String?

    package init(
        _ method: Method,
        _ path: [String],
        query: [QueryItem] = [],
        body: JSONValue? = nil,
        ifMatch: String? = nil,
        requestID: String? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.ifMatch = ifMatch
        self.requestID = requestID
    }

    /// Whether a success may have changed something.
    package var mayChange: Bool { method != .get && method != .head }

    /// The request target for a client that sends it over HTTP: path and query, percent-encoded.
    ///
    /// `root` is the API's, e.g. `/admin/v1`.
    package func target(under root: String) -> String {
        var target = root
        for segment in path { target += "/" + PercentEncoding.encode(segment) }
        for (index, item) in query.enumerated() {
            let pair = "\(PercentEncoding.encode(item.name))=\(PercentEncoding.encode(item.value))"
            target += (index == 0 ? "?" : "&") + pair
        }
        return target
    }
}

extension Method {
    /// Those that APIs use, in the order in which they are listed, whatever the order of the operations.
    static let inOrder: [Method] = [.get, .head, .put, .post, .patch, .delete]

    /// As it's spelled in a request; empty for `.other`.
    package var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other: ""
        }
    }
}
