package import Bytes
import HTTPClient
import JSON

/// The document by which a client finds out whose tokens this gateway accepts.
///
/// Source: RFC 9728 §2, §3
package struct ResourceMetadata: Sendable {
    private static let wellKnown = "/.well-known/oauth-protected-resource"

    /// The URL that clients use for the resource, exactly.
    package let resource: String
    /// Where the document is, for challenges.
    package let url: String
    /// The paths of the agents listener that serve it: the resource's own, and the one for clients that know only its
    /// host. Both begin with a slash.
    package let paths: [String]
    /// The document.
    package let body: ByteBuffer

    /// - Parameters:
    ///   - resource: an absolute http or https URL without query or fragment.
    ///   - scopes: what a client may ask the issuers for.
    /// - Returns: nil when `resource` isn't such a URL.
    package init?(resource: String, issuers: [String], scopes: [String]) {
        guard let endpoint = Endpoint(url: resource) else { return nil }
        let origin = Endpoint(scheme: endpoint.scheme, host: endpoint.host, port: endpoint.port).description
        self.resource = resource
        url = "\(origin)\(Self.wellKnown)\(endpoint.pathPrefix)"
        // A client whose URL of the endpoint ends with a slash asks with one here too.
        var paths = [Self.wellKnown, "\(Self.wellKnown)/mcp", "\(Self.wellKnown)/mcp/"]
        if !paths.contains("\(Self.wellKnown)\(endpoint.pathPrefix)") {
            paths.append("\(Self.wellKnown)\(endpoint.pathPrefix)")
        }
        self.paths = paths
        let document = JSONObject([
            ("resource", .string(resource)),
            ("authorization_servers", .array(issuers.map { .string($0) })),
            ("scopes_supported", .array(scopes.map { .string($0) })),
            ("bearer_methods_supported", ["header"]),
        ])
        var body = ByteBuffer()
        JSONValue.object(document).write(to: &body)
        self.body = body
    }
}
