/// A resource's URI as agents see it where it could mean resources of two targets:
/// `mcp-gateway://<target>/<the target's own URI>`, the own URI byte for byte.
///
/// Nothing is encoded, so that a template stays one that clients can fill in, and what they made of it is the target's
/// own URI again without the part before it. A target's name holds no slash, so the two are never confused.
package enum ExposedURI {
    package static let scheme = "mcp-gateway:"
    private static let start = "mcp-gateway://"

    /// - Parameter uri: the target's own, a URI or a template.
    package static func rewritten(_ uri: String, of target: String) -> String { "\(start)\(target)/\(uri)" }

    /// Takes a rewritten URI apart; nil for any other.
    package static func parts(of uri: String) -> (target: Substring, uri: Substring)? {
        guard uri.hasPrefix(start) else { return nil }
        let rest = uri.dropFirst(start.count)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        return (rest[..<slash], rest[rest.index(after: slash)...])
    }

    /// Whether a URI has the gateway's scheme, in any case of letters, so that no target may list it.
    static func isRewritten(_ uri: String) -> Bool {
        uri.utf8.count >= scheme.utf8.count && uri.prefix(scheme.count).lowercased() == scheme
    }
}
