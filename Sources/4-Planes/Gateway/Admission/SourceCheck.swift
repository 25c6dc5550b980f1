import Bytes
package import HTTP
package import Policy

/// Checks the `Host` and `Origin` of a request: the defence against DNS rebinding and against hostile web pages.
///
/// A web page can make a browser send requests to a loopback address, but not without an `Origin`, and not with a
/// `Host` of its choice unless its own name points at that address. Both are checked before anything else. Nobody can
/// point a numeric address elsewhere, so a numeric `Host` needs no permission.
///
/// A page of the listener's own origin may call. That origin is the listener's scheme and the request's `Host`, port
/// included, and the `Host` must be allowed by name, not by `*`. A foreign name that points here is refused for its
/// `Host`, and a page of another port or scheme has another origin.
/// Source: MCP Streamable HTTP, "Security Warning"; RFC 6454 §4.
package final class SourceCheck: Sendable {
    private let hosts: [[UInt8]]
    private let origins: [[UInt8]]
    /// `http://` or `https://`.
    private let scheme: StaticString
    private let publicOrigin: [[UInt8]]

    /// - Parameters:
    ///   - hosts: names that the `Host` field may have. A name without a port allows every port. `*` allows all hosts.
    ///   - origins: whole origins as browsers send them, e.g. `https://app.example.com`. `*` allows all.
    ///   - isEncrypted: whether the listener itself speaks TLS.
    ///   - publicOrigin: the listener's own origin as its clients see it, where a proxy in front changes it.
    package init(
        hosts: [String],
        origins: [String],
        isEncrypted: Bool = false,
        publicOrigin: String? = nil
    ) {
        self.hosts = hosts.map { Array($0.lowercased().utf8) }
        self.origins = origins.map { Array($0.lowercased().utf8) }
        self.publicOrigin = publicOrigin.map { [Array($0.lowercased().utf8)] } ?? []
        scheme = isEncrypted ? "https://" : "http://"
    }

    /// The host names that always mean this machine.
    package static let loopbackHosts = ["localhost", "127.0.0.1", "[::1]"]

    /// `.host` or `.origin`; nil when the request may go on. Allocates nothing.
    package func refusal(of request: borrowing Request) -> Refusal? {
        let bytes = request.bytes.span
        var host: Range<Int>?
        for field in request.head.fields.all where field.known == .host {
            guard isAllowed(host: field.value, bytes) else { return .host }
            host = field.value
        }
        return request.head.fields.contains(.origin) && !mayCome(request, host) ? .origin : nil
    }

    /// Whether pages of each `Origin` of the request may call.
    private func mayCome(_ request: borrowing Request, _ host: Range<Int>?) -> Bool {
        let bytes = request.bytes.span
        for field in request.head.fields.all
        where field.known == .origin {
            guard
                matches(field.value, bytes, origins) || matches(field.value, bytes, publicOrigin)
                    || isOwn(field.value, host, bytes)
            else { return false }
        }
        return true
    }

    /// Whether the origin is the listener's own, and its host is allowed by name and not merely by `*`.
    private func isOwn(_ origin: Range<Int>, _ host: Range<Int>?, _ bytes: Span<UInt8>) -> Bool {
        let start = origin.lowerBound + scheme.utf8CodeUnitCount
        guard let host, origin.upperBound - start == host.count,
            bytes.equalsIgnoringCase(origin.lowerBound..<start, scheme)
        else { return false }
        for offset in 0..<host.count
        where lowercase(bytes[start + offset]) != lowercase(bytes[host.lowerBound + offset]) {
            return false
        }
        return isAllowed(host: host, bytes, byName: true)
    }

    /// Whether a `Host` is an address or one of the allowed names. A name that is listed with a port allows that port
    /// only.
    /// - Parameter byName: whether `*` in the list is ignored.
    private func isAllowed(host: Range<Int>, _ bytes: Span<UInt8>, byName: Bool = false) -> Bool {
        let name = name(of: host, in: bytes)
        return isAddress(name, bytes) || matches(name, bytes, hosts, byName: byName)
            || matches(host, bytes, hosts, byName: byName)
    }

    /// Whether pages of any other origin than the listener's own may call.
    var listsOrigins: Bool { !origins.isEmpty }

    /// The value of a request's `Origin` when it is listed, so that its pages may read answers; nil for any other, for
    /// the listener's own, which needs no permission, and for a request with several `Origin` fields.
    func listedOrigin(of request: borrowing Request) -> Range<Int>? {
        let bytes = request.bytes.span
        guard let origin = request.head.fields.first(.origin), !request.head.fields.isRepeated(.origin),
            matches(origin, bytes, origins)
        else { return nil }
        return origin
    }

    /// The host without its port; the port may be empty. Source: RFC 3986 §3.2.3.
    private func name(of host: Range<Int>, in bytes: Span<UInt8>) -> Range<Int> {
        var end = host.upperBound
        while end > host.lowerBound, bytes[end - 1] &- 48 < 10 { end -= 1 }
        guard end > host.lowerBound, bytes[end - 1] == UInt8(ascii: ":") else { return host }
        let isBareIPv6 = bytes[host.lowerBound] != UInt8(ascii: "[") && colons(host, bytes) > 1
        return isBareIPv6 ? host : host.lowerBound..<end - 1
    }

    /// Whether the name is a numeric address: digits and dots, or brackets around an IPv6 address.
    private func isAddress(_ name: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard let first = name.first else { return false }
        if bytes[first] == UInt8(ascii: "[") { return bytes[name.upperBound - 1] == UInt8(ascii: "]") }
        var dots = 0
        for index in name {
            if bytes[index] == UInt8(ascii: ".") {
                dots += 1
            } else if bytes[index] &- 48 > 9 {
                return false
            }
        }
        return dots == 3
    }

    private func colons(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Int {
        var count = 0
        for index in range where bytes[index] == UInt8(ascii: ":") { count += 1 }
        return count
    }

    private func matches(
        _ value: Range<Int>,
        _ bytes: Span<UInt8>,
        _ allowed: [[UInt8]],
        byName: Bool = false
    ) -> Bool {
        for candidate in allowed {
            if !byName, candidate.count == 1, candidate[0] == UInt8(ascii: "*") { return true }
            if candidate.count == value.count, isEqual(candidate, value, bytes) { return true }
        }
        return false
    }

    private func isEqual(_ candidate: [UInt8], _ value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        for offset in candidate.indices
        where lowercase(bytes[value.lowerBound + offset]) != candidate[offset] {
            return false
        }
        return true
    }

    private func lowercase(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }
}
