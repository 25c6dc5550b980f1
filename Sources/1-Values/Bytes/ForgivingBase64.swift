/// Base64 as browsers accept it: white space anywhere, padding or none, spare bits ignored.
///
/// Accepts exactly what a client can decode with `atob`.
/// Source: WHATWG Infra §7 "forgiving-base64 decode"; RFC 4648 §4
package enum ForgivingBase64 {
    /// Whether the bytes in `range` can be decoded. No allocation; eight bytes at a time.
    package static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var digits = 0
        var padding = 0
        var at = range.lowerBound
        while at < range.upperBound {
            if padding == 0, at &+ 8 <= range.upperBound, areDigits(bytes.word(at: at)) {
                digits &+= 8
                at &+= 8
                continue
            }
            let byte = bytes[at]
            at &+= 1
            if byte == UInt8(ascii: "=") {
                padding &+= 1
            } else if value(of: byte) != nil {
                guard padding == 0 else { return false }
                digits &+= 1
            } else if !isSpace(byte) {
                return false
            }
        }
        return digits % 4 != 1 && (padding == 0 || padding <= 2 && (digits &+ padding) % 4 == 0)
    }

    /// The decoded bytes; nil for what `isValid` refuses.
    package static func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        guard isValid(bytes, range) else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(range.count / 4 * 3 + 2)
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for index in range {
            guard let value = value(of: bytes[index]) else { continue }
            held = held << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: held >> bits))
            }
        }
        return out
    }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 32 || byte == 9 || byte == 10 || byte == 12 || byte == 13
    }

    /// Whether all eight bytes are in the alphabet. One range covers `/` and the digits, which follow it in ASCII.
    @inline(__always)
    private static func areDigits(_ word: UInt64) -> Bool {
        let high: UInt64 = 0x8080_8080_8080_8080
        guard word & high == 0 else { return false }
        // Each byte is below 0x80, so that no sum carries into its neighbour.
        let folded = word | 0x2020_2020_2020_2020
        let isLetter = (folded &+ 0x1F1F_1F1F_1F1F_1F1F) & ~(folded &+ 0x0505_0505_0505_0505)
        let isDigit = (word &+ 0x5151_5151_5151_5151) & ~(word &+ 0x4646_4646_4646_4646)
        let isPlus = ~((word ^ 0x2B2B_2B2B_2B2B_2B2B) &+ 0x7F7F_7F7F_7F7F_7F7F)
        return (isLetter | isDigit | isPlus) & high == high
    }
}
