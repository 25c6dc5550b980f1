/// Where requests of one kind go: scheme, host, port and a path that all of them start with.
///
/// A reference, so that the connection pool of a request is found without hashing its text.
package final class Endpoint: Sendable, Hashable, CustomStringConvertible {
    package enum Scheme: Sendable, Hashable { case http, https }

    package let scheme: Scheme
    /// A name or a numeric address, without brackets, lower case.
    package let host: String
    package let port: Int
    /// Without a slash at its end; empty when there is none.
    package let pathPrefix: String
    /// The name that the server's certificate must be made for; the host's when nil.
    package let certificateName: String?

    package init(
        scheme: Scheme,
        host: String,
        port: Int? = nil,
        pathPrefix: String = "",
        certificateName: String? = nil
    ) {
        self.certificateName = certificateName
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port ?? (scheme == .https ? 443 : 80)
        self.pathPrefix = pathPrefix
    }

    /// Reads `http[s]://host[:port][/path]`. nil for anything else: user names, queries, fragments, other schemes.
    package convenience init?(url: String) {
        let scheme: Scheme
        var rest: Substring
        if url.hasPrefix("https://") {
            (scheme, rest) = (.https, url.dropFirst(8))
        } else if url.hasPrefix("http://") {
            (scheme, rest) = (.http, url.dropFirst(7))
        } else {
            return nil
        }
        guard rest.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !rest.contains(where: { "?#@\\".contains($0) })
        else {
            return nil
        }
        var path = Substring()
        if let slash = rest.firstIndex(of: "/") {
            path = rest[slash...]
            rest = rest[..<slash]
        }
        while path.hasSuffix("/") { path.removeLast() }
        guard let (host, port) = Self.split(rest) else { return nil }
        self.init(scheme: scheme, host: host, port: port, pathPrefix: String(path))
    }

    private static func split(_ authority: Substring) -> (String, Int?)? {
        var host = authority
        var port: Int?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = UInt16(rest.dropFirst()), number > 0 else {
                    return nil
                }
                port = Int(number)
            }
        } else if let colon = authority.lastIndex(of: ":") {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else {
                return nil
            }
            host = authority[..<colon]
            port = Int(number)
        }
        guard !host.isEmpty, host.utf8.count <= 253, authority.hasPrefix("[") || !host.contains(":") else {
            return nil
        }
        return (String(host), port)
    }

    /// The Host field's value: the port is left out where it's the scheme's own.
    package var hostField: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (scheme == .https ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Whether host and path can go into a request's head. True for all that were read from a URL.
    package var isSendable: Bool { HeadText.isVisible(host) && HeadText.isVisible(pathPrefix) }

    package var description: String { "\(scheme == .https ? "https" : "http")://\(hostField)\(pathPrefix)" }

    package static func == (left: Endpoint, right: Endpoint) -> Bool {
        left === right
            || left.scheme == right.scheme && left.port == right.port && left.host == right.host
                && left.pathPrefix == right.pathPrefix && left.certificateName == right.certificateName
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(host)
        hasher.combine(port)
    }
}
