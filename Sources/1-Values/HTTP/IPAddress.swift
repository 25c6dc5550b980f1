/// An IPv4 or IPv6 address; an IPv4 address that is written inside IPv6 equals the IPv4 address.
package struct IPAddress: Sendable, Hashable {
    /// 128 bits; an IPv4 address as `::ffff:a.b.c.d`. Source: RFC 4291 §2.5.5.2.
    package let bits: UInt128

    package var isIPv4: Bool { bits >> 32 == 0xFFFF }

    /// The number by which one client is counted: an IPv4 address, or the /64 that an IPv6 address lies in. Never 0.
    package var group: UInt64 {
        max(isIPv4 ? UInt64(truncatingIfNeeded: bits) : UInt64(truncatingIfNeeded: bits >> 64), 1)
    }

    /// Parses `192.0.2.1`, `2001:db8::1` or `::ffff:192.0.2.1`; a zone (`%eth0`) is left out.
    /// Source: RFC 4291 §2.2, RFC 6943 §3.1.1 (strict: four decimal parts without leading zeroes).
    package init?(_ text: Span<UInt8>) {
        var end = text.count
        for index in 0..<text.count where text[index] == UInt8(ascii: "%") {
            end = index
            break
        }
        guard end <= 45, end > 1 else { return nil }
        let text = text.extracting(0..<end)
        if let four = Self.four(text, 0) {
            bits = 0xFFFF << 32 | UInt128(four)
        } else if let six = Self.six(text) {
            bits = six
        } else {
            return nil
        }
    }

    package init?(_ text: String) {
        self.init(text.utf8.span)
    }

    /// The dotted form from `start` to the end.
    private static func four(_ text: Span<UInt8>, _ start: Int) -> UInt32? {
        var value: UInt32 = 0
        var (parts, part, digits) = (0, 0, 0)
        for index in start...text.count {
            if index < text.count, text[index] &- 48 < 10 {
                if digits > 0, part == 0 { return nil }
                part = part * 10 + Int(text[index] - 48)
                digits += 1
                if part > 255 { return nil }
            } else if index == text.count || text[index] == UInt8(ascii: ".") {
                if digits == 0 || parts == 4 { return nil }
                value = value << 8 | UInt32(part)
                (parts, part, digits) = (parts + 1, 0, 0)
            } else {
                return nil
            }
        }
        return parts == 4 ? value : nil
    }

    /// Groups of hexadecimal digits, one `::`, perhaps a dotted end.
    private static func six(_ text: Span<UInt8>) -> UInt128? {
        var (high, highCount): (UInt128, Int) = (0, 0)
        var (low, lowCount): (UInt128, Int) = (0, 0)
        var isCut = false
        var index = 0
        func add(_ value: UInt128, groups: Int) {
            if isCut {
                low = low << UInt128(16 * groups) | value
                lowCount += groups
            } else {
                high = high << UInt128(16 * groups) | value
                highCount += groups
            }
        }
        if text.count >= 2, text[0] == UInt8(ascii: ":"), text[1] == UInt8(ascii: ":") {
            isCut = true
            index = 2
        }
        while index < text.count {
            guard highCount + lowCount < 8 else { return nil }
            if highCount + lowCount <= 6, let dotted = four(text, index) {
                add(UInt128(dotted), groups: 2)
                index = text.count
                break
            }
            var (value, digits): (UInt128, Int) = (0, 0)
            while index < text.count, let digit = hexadecimal(text[index]) {
                value = value << 4 | UInt128(digit)
                digits += 1
                index += 1
                if digits > 4 { return nil }
            }
            if digits == 0 { return nil }
            add(value, groups: 1)
            if index == text.count { break }
            guard text[index] == UInt8(ascii: ":") else { return nil }
            index += 1
            if index == text.count { return nil }
            if text[index] == UInt8(ascii: ":") {
                if isCut { return nil }
                isCut = true
                index += 1
            }
        }
        let count = highCount + lowCount
        guard isCut ? count < 8 : count == 8 else { return nil }
        return isCut && highCount == 0 ? low : high << UInt128(16 * (8 - highCount)) | low
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        if byte &- 48 < 10 { return byte - 48 }
        let lower = byte | 0x20
        return lower &- 97 < 6 ? lower - 87 : nil
    }
}

/// The addresses that begin with the same bits: `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
package struct AddressRange: Sendable, Equatable {
    private let first: IPAddress
    private let mask: UInt128

    /// Parses an address with a prefix length or without. Source: RFC 4632 §3.1, RFC 4291 §2.3.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])), !parts[0].contains("%") else { return nil }
        let width = address.isIPv4 && !parts[0].contains(":") ? 32 : 128
        var length = width
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ $0 &- 48 < 10 }),
                let number = Int(parts[1]),
                number <= width
            else { return nil }
            length = number
        }
        let kept = 128 - width + length
        mask = kept == 0 ? 0 : UInt128.max << UInt128(128 - kept)
        first = address
    }

    package func contains(_ address: IPAddress) -> Bool { (address.bits ^ first.bits) & mask == 0 }
}
