/// Bytes as lower-case hexadecimal digits, and back.
package enum Hex {
    package static func encode(_ bytes: Span<UInt8>) -> String {
        var out = ByteBuffer(capacity: bytes.count * 2)
        out.append(hex: bytes)
        return out.text
    }

    package static func encode(_ bytes: [UInt8]) -> String { encode(bytes.span) }

    /// The bytes, or `nil` when a digit is missing or is anything but `0-9` and `a-f`.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 2)
        var index = 0
        while index < text.count {
            guard let high = nibble(text[index]), let low = nibble(text[index + 1]) else { return nil }
            out.append(high << 4 | low)
            index += 2
        }
        return out
    }

    package static func decode(_ text: String) -> [UInt8]? { decode(text.utf8.span) }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
