import Bytes
package import HTTP

/// Whether a request may come from where it says: the defence against DNS rebinding and hostile web pages.
///
/// A web page can make a browser send requests to a loopback address, but not without an `Origin`, and not with a
/// `Host` of its choice unless its own name points at that address. Both are checked before anything else. A `Host`
/// that is a numeric address is no name that anybody could point elsewhere, so it needs no permission.
/// Source: MCP Streamable HTTP, "Security Warning".
package struct SourceCheck: Sendable {
    private let hosts: [[UInt8]]
    private let origins: [[UInt8]]

    /// - Parameters:
    ///   - hosts: names the `Host` field may bear, without port; any port goes with each. `*` allows all.
    ///   - origins: whole origins as browsers send them, e.g. `https://app.example.com`. `*` allows all.
    package init(hosts: [String], origins: [String]) {
        self.hosts = hosts.map { Array($0.lowercased().utf8) }
        self.origins = origins.map { Array($0.lowercased().utf8) }
    }

    /// The names that always mean this machine.
    package static let loopbackHosts = ["localhost", "127.0.0.1", "[::1]"]

    package enum Refusal: Sendable, Equatable { case host, origin }

    /// nil when the request may go on. Allocates nothing.
    package func refusal(of request: borrowing Request) -> Refusal? {
        let bytes = request.bytes.span
        for field in request.head.fields.all {
            if field.name.count == 4, bytes.equalsIgnoringCase(field.name, "host") {
                let name = name(of: field.value, in: bytes)
                guard isAddress(name, bytes) || matches(name, bytes, hosts) else { return .host }
            } else if field.name.count == 6, bytes.equalsIgnoringCase(field.name, "origin") {
                guard matches(field.value, bytes, origins) else { return .origin }
            }
        }
        return nil
    }

    /// The host without its port, which may be empty. Source: RFC 3986 §3.2.3.
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

    private func matches(_ value: Range<Int>, _ bytes: Span<UInt8>, _ allowed: [[UInt8]]) -> Bool {
        for candidate in allowed {
            if candidate.count == 1, candidate[0] == UInt8(ascii: "*") { return true }
            if candidate.count == value.count, isEqual(candidate, value, bytes) { return true }
        }
        return false
    }

    private func isEqual(_ candidate: [UInt8], _ value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        for offset in candidate.indices {
            let byte = bytes[value.lowerBound + offset]
            let lower = byte &- 65 < 26 ? byte | 0x20 : byte
            if lower != candidate[offset] { return false }
        }
        return true
    }
}
