package import HTTPClient

/// The addresses that a request for keys may go to, also when a name leads there.
///
/// Instance metadata services give out credentials to whoever asks from inside, and no issuer publishes keys there.
/// Private networks are allowed: issuers do run there.
package struct AddressRule: Sendable {
    /// Whether this machine itself may be asked.
    package var allowsLoopback: Bool

    package init(allowsLoopback: Bool) { self.allowsLoopback = allowsLoopback }

    package func allows(_ address: SocketAddress) -> Bool {
        if Self.isLoopback(address) { return allowsLoopback }
        guard let octets = Self.octets(address) else { return false }
        return octets.count == 4 ? Self.isUsable(v4: octets) : Self.isUsable(v6: octets)
    }

    package static func isLoopback(_ address: SocketAddress) -> Bool {
        guard let octets = octets(address) else { return false }
        if octets.count == 4 { return octets[0] == 127 }
        return octets.dropLast().allSatisfy { $0 == 0 } && octets.last == 1
    }

    /// Source: RFC 6890 §2.2.2; the metadata services of AWS, Google Cloud, Azure, Oracle and Alibaba Cloud.
    private static func isUsable(v4 octets: [UInt8]) -> Bool {
        switch (octets[0], octets[1]) {
        case (0, _), (224..., _): false  // this network; multicast, reserved, broadcast
        case (169, 254): false  // link-local, and most metadata services
        case (100, 100): octets[2...] != [100, 200]
        case (168, 63): octets[2...] != [129, 16]
        case (192, 0): octets[2...] != [0, 192]
        default: true
        }
    }

    /// Source: RFC 6890 §2.2.3; EC2's metadata service is fd00:ec2::254.
    private static func isUsable(v6 octets: [UInt8]) -> Bool {
        if octets[..<15].allSatisfy({ $0 == 0 }) { return false }
        if octets[0] == 0xFF { return false }
        if octets[0] == 0xFE, octets[1] & 0xC0 == 0x80 { return false }
        return Array(octets[..<6]) != [0xFD, 0, 0x0E, 0xC2, 0, 0]
    }

    /// 4 or 16 bytes; an IPv4 address inside an IPv6 address counts as IPv4.
    private static func octets(_ address: SocketAddress) -> [UInt8]? {
        let octets = address.octets
        guard octets.count == 16 else { return octets.count == 4 ? octets : nil }
        let mapped = octets[..<10].allSatisfy { $0 == 0 } && octets[10] == 0xFF && octets[11] == 0xFF
        let translated = Array(octets[..<12]) == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        return mapped || translated ? Array(octets[12...]) : octets
    }
}
