import Bytes

/// Base64 for header values and cursors: short, and strict about padding, alphabet and spare bits.
///
/// Source: RFC 4648.
enum Base64 {
    /// Decodes the standard alphabet with padding; nil for anything that encoding would not produce.
    static func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        guard range.count % 4 == 0 else { return nil }
        var end = range.upperBound
        var padding = 0
        while padding < 2, end > range.lowerBound, bytes[end - 1] == UInt8(ascii: "=") {
            end -= 1
            padding += 1
        }
        return decode(bytes, range.lowerBound..<end, plus: UInt8(ascii: "+"), slash: UInt8(ascii: "/"))
    }

    /// Decodes the URL-safe alphabet without padding.
    static func decodeURL(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        decode(bytes, range, plus: UInt8(ascii: "-"), slash: UInt8(ascii: "_"))
    }

    /// Appends the URL-safe form without padding.
    static func appendURL(_ bytes: Span<UInt8>, to out: inout ByteBuffer) {
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for index in bytes.indices {
            held = held << 8 | UInt32(bytes[index])
            bits += 8
            while bits >= 6 {
                bits -= 6
                out.append(symbol(held >> bits & 63))
            }
        }
        if bits > 0 { out.append(symbol(held << (6 - bits) & 63)) }
    }

    private static func symbol(_ value: UInt32) -> UInt8 {
        switch UInt8(truncatingIfNeeded: value) {
        case let digit where digit < 26: UInt8(ascii: "A") + digit
        case let digit where digit < 52: UInt8(ascii: "a") + digit - 26
        case let digit where digit < 62: UInt8(ascii: "0") + digit - 52
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }

    private static func decode(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        plus: UInt8,
        slash: UInt8
    ) -> [UInt8]? {
        guard range.count % 4 != 1 else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(range.count * 3 / 4)
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for index in range {
            let value: UInt8
            switch bytes[index] {
            case let byte where byte &- UInt8(ascii: "A") < 26: value = byte - UInt8(ascii: "A")
            case let byte where byte &- UInt8(ascii: "a") < 26: value = byte - UInt8(ascii: "a") + 26
            case let byte where byte &- UInt8(ascii: "0") < 10: value = byte - UInt8(ascii: "0") + 52
            case plus: value = 62
            case slash: value = 63
            default: return nil
            }
            held = held << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: held >> bits))
            }
        }
        return held & ((1 << bits) - 1) == 0 ? out : nil
    }
}
