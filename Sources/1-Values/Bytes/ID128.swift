/// An identifier of 128 bits: a UUID, or a trace's id. All zeros stand for none.
/// Source: RFC 9562; W3C Trace Context §3.2.2.3
package struct ID128: Sendable, Hashable, BitwiseCopyable {
    /// The first eight bytes as they are written, the first one highest.
    package let high: UInt64
    package let low: UInt64

    package static let none = ID128(high: 0, low: 0)

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in letters of either case; nil for anything else.
    package init?(uuid text: Span<UInt8>) {
        guard text.count == 36 else { return nil }
        self.init(digits: text, skipsHyphens: true)
    }

    /// Reads 32 hexadecimal digits of either case; nil for anything else.
    package init?(hex text: Span<UInt8>) {
        guard text.count == 32 else { return nil }
        self.init(digits: text, skipsHyphens: false)
    }

    private init?(digits text: Span<UInt8>, skipsHyphens: Bool) {
        var words = (high: UInt64(0), low: UInt64(0))
        var place = 0
        for index in text.indices {
            if skipsHyphens, index == 8 || index == 13 || index == 18 || index == 23 {
                guard text[index] == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = hexDigit(text[index]) else { return nil }
            if place < 16 {
                words.high = words.high << 4 | UInt64(digit)
            } else {
                words.low = words.low << 4 | UInt64(digit)
            }
            place += 1
        }
        self.init(high: words.high, low: words.low)
    }

    package var isNone: Bool { high | low == 0 }

    /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in lower case.
    package var uuid: String {
        var out = ByteBuffer(capacity: 36)
        append(uuidTo: &out)
        return out.text
    }

    /// 32 digits, in lower case.
    package var hex: String {
        var out = ByteBuffer(capacity: 32)
        append(hexTo: &out)
        return out.text
    }

    package func append(hexTo out: inout ByteBuffer) {
        out.append(hex: high)
        out.append(hex: low)
    }

    package func append(uuidTo out: inout ByteBuffer) {
        out.bytes.append(addingCapacity: 36) { out in
            for place in 0..<32 {
                if place == 8 || place == 12 || place == 16 || place == 20 {
                    out.append(UInt8(ascii: "-"))
                }
                let word = place < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 &- (place & 15) &* 4) & 15)
                out.append(digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
            }
        }
    }
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
