package import HTTPClient
import Text

/// Which requests go through which proxy.
///
/// The only place that decides this: libcurl gets the result and does not read the environment itself.
package struct ProxySettings: Sendable, Equatable {
    /// For http endpoints: `http://[user:password@]host[:port]`, also `https://`, `socks5h://`; libcurl's forms.
    package var http: String?
    /// For https endpoints, through CONNECT.
    package var https: String?
    /// Hosts to reach without a proxy, as NO_PROXY lists them.
    package var exceptions: [String]

    package init(http: String? = nil, https: String? = nil, exceptions: [String] = []) {
        self.http = http
        self.https = https
        self.exceptions = exceptions
    }

    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`; the lower-case spelling wins. In a CGI
    /// environment the upper-case `HTTP_PROXY` is a request's header, so it is ignored there.
    /// White space around a value is ignored.
    /// - Throws: an error that names the variable with a control character, but not its value, which may hold a
    ///   password.
    /// Source: https://everything.curl.dev/usingcurl/proxies/env.html
    package init(environment: [String: String]) throws(ProxyVariableError) {
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            for spelling in [name.lowercased(), name]
            where OutsideValue.holdsControl(OutsideValue.trimmed(environment[spelling] ?? "")) {
                throw ProxyVariableError(variable: spelling)
            }
        }
        func plain(_ text: String?) -> String? {
            text.map { OutsideValue.trimmed($0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        func value(_ name: String) -> String? {
            plain(environment[name.lowercased()] ?? environment[name])
        }
        let all = value("ALL_PROXY")
        let isCGI = environment["REQUEST_METHOD"] != nil
        http =
            (isCGI ? plain(environment["http_proxy"]) : value("HTTP_PROXY")) ?? all
        https = value("HTTPS_PROXY") ?? all
        exceptions = (value("NO_PROXY") ?? "").split { $0 == "," || $0 == " " }.map(String.init)
    }

    /// The proxy for requests to `endpoint`; `nil` when they go there directly.
    ///
    /// Requests to this machine and its own link (`localhost`, 127.0.0.0/8, ::1, 169.254.0.0/16, fe80::/10) never go
    /// through a proxy: it must not see what is served there, such as an instance's credentials.
    package func proxy(for endpoint: Endpoint) -> String? {
        guard let proxy = endpoint.scheme == .https ? https : http else { return nil }
        let host = Host(endpoint.host)
        guard !host.isLocal else { return nil }
        return exceptions.contains { host.matches($0, port: endpoint.port) } ? nil : proxy
    }

    /// Whether there is no proxy at all, so that every request goes directly.
    package var isEmpty: Bool { http == nil && https == nil }
}

/// A proxy's environment variable whose value can't be used.
package struct ProxyVariableError: Error, Equatable, Sendable, CustomStringConvertible {
    package let variable: String

    package var description: String {
        "the environment variable \(variable) holds a control character: set it again, to one line"
    }
}

/// A host in the form that exceptions are compared with.
private struct Host {
    /// Lower case, without a final dot.
    let name: String
    /// 4 or 16 bytes when it is an address.
    let address: [UInt8]?

    init(_ text: String) {
        let lower = text.lowercased()
        name = lower.hasSuffix(".") ? String(lower.dropLast()) : lower
        address = addressBytes(name)
    }

    var isLocal: Bool {
        guard let address else { return name == "localhost" || name.hasSuffix(".localhost") }
        if address.count == 4 { return address[0] == 127 || address[0] == 169 && address[1] == 254 }
        let isLoopback = address.dropLast().allSatisfy { $0 == 0 } && address.last == 1
        return isLoopback || address[0] == 0xFE && address[1] & 0xC0 == 0x80
    }

    /// Whether the exception covers the host. It is `*`, a domain with all below it (`example.com`, `.example.com`,
    /// `*.example.com`), an address, or a network (`10.0.0.0/8`); a domain and an address may end in `:port`.
    func matches(_ exception: String, port: Int) -> Bool {
        if exception == "*" { return true }
        if let slash = exception.lastIndex(of: "/") {
            return isInNetwork(exception[..<slash], prefix: exception[exception.index(after: slash)...])
        }
        var pattern = exception.lowercased()[...]
        if addressBytes(String(pattern)) == nil, let colon = pattern.lastIndex(of: ":") {
            guard let wanted = Int(pattern[pattern.index(after: colon)...]), wanted == port else {
                return false
            }
            pattern = pattern[..<colon]
        }
        if let address { return addressBytes(String(pattern)) == address }
        if pattern.hasPrefix("*.") { pattern.removeFirst() }
        while pattern.hasPrefix(".") { pattern.removeFirst() }
        if pattern.hasSuffix(".") { pattern.removeLast() }
        return !pattern.isEmpty && (name == pattern || name.hasSuffix("." + pattern))
    }

    private func isInNetwork(_ network: Substring, prefix: Substring) -> Bool {
        guard let address, let base = addressBytes(String(network)), base.count == address.count,
            let bits = Int(prefix), (0...base.count * 8).contains(bits)
        else { return false }
        let whole = bits / 8
        guard address.prefix(whole) == base.prefix(whole) else { return false }
        guard bits % 8 > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
        return address[whole] & mask == base[whole] & mask
    }
}

/// The bytes of an address written out, IPv6 with or without brackets.
private func addressBytes(_ text: String) -> [UInt8]? {
    guard let address = SocketAddress(literal: text, port: 0) else { return nil }
    // sin_addr is at offset 4 of its structure, sin6_addr at offset 8.
    let range = address.isIPv6 ? 8..<24 : 4..<8
    return address.withSockaddr { raw, count in
        Array(UnsafeRawBufferPointer(start: raw, count: Int(count))[range])
    }
}
