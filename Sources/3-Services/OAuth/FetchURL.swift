package import HTTPClient

/// A URL that an issuer's metadata or keys may be fetched from: https, or http to this machine itself.
///
/// No user, no fragment, printable ASCII. Source: RFC 8414 §2, RFC 3986 §3
package struct FetchURL: Sendable, Hashable {
    private static let bytesMax = 2048

    /// The URL as it was written.
    package let text: String
    package let endpoint: Endpoint
    /// The path with the query; begins with a slash.
    package let target: String

    package init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !text.contains(where: { "#@\\\"<>^`{|}".contains($0) })
        else { return nil }
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let endpoint = Endpoint(url: "\(scheme)\(authority)") else { return nil }
        let path = rest.dropFirst(authority.count)
        self.text = text
        self.endpoint = endpoint
        target = path.hasPrefix("/") ? String(path) : "/\(path)"
        guard endpoint.scheme == .https || isLoopback else { return nil }
        if let literal = SocketAddress(literal: endpoint.host, port: 1) {
            guard AddressRule(allowsLoopback: true).allows(literal) else { return nil }
        }
    }

    /// Whether the host's spelling alone says that it is this machine; no name is looked up.
    package var isLoopback: Bool {
        if endpoint.host == "localhost" { return true }
        return SocketAddress(literal: endpoint.host, port: 1).map { AddressRule.isLoopback($0) } ?? false
    }

    /// `scheme://host[:port]`
    var origin: String { endpoint.description }

    /// Whether this can be an issuer's URL: it has no query. Source: RFC 8414 §2
    package var isIssuer: Bool { !target.contains("?") }
}
