package import HTTP
package import JSON

/// One request to a JSON API: parsed, not checked yet.
///
/// Made from an HTTP request by `init(_:under:)`, or directly by code in the same process.
package struct APIRequest: Sendable, Equatable {
    /// One item of the query after the `?`, decoded; items stay in their order.
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
    /// The field `If-Match`, unchanged.
    package var ifMatch: String?
    /// The request's id in the audit log and in the answer.
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

    /// Whether the request may change something.
    package var mayChange: Bool { method != .get && method != .head }

    /// The request target for a client that sends it over HTTP: path and query, percent-encoded.
    ///
    /// `root` is the API's root, e.g. `/admin/v1`.
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
    /// The methods that APIs use, in the order of every list of them.
    static let inOrder: [Method] = [.get, .head, .put, .post, .patch, .delete]

    /// The method as a request spells it; empty for `.other`.
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
