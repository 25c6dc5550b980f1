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
        let hyphen = UInt8(ascii: "-")
        guard text.count == 36, text[8] == hyphen, text[13] == hyphen, text[18] == hyphen, text[23] == hyphen
        else { return nil }
        self.init(text, (0, 4), (9, 14), (19, 24), (28, 32))
    }

    /// Reads 32 hexadecimal digits of either case; nil for anything else.
    package init?(hex text: Span<UInt8>) {
        guard text.count == 32 else { return nil }
        self.init(text, (0, 4), (8, 12), (16, 20), (24, 28))
    }

    /// - Parameters: for each quarter, where its first four and its last four digits begin.
    @inline(__always)
    private init?(
        _ text: Span<UInt8>,
        _ first: (Int, Int),
        _ second: (Int, Int),
        _ third: (Int, Int),
        _ fourth: (Int, Int)
    ) {
        var faults: UInt64 = 0
        let (top, upper) = (eightDigits(text, first, &faults), eightDigits(text, second, &faults))
        let (lower, bottom) = (eightDigits(text, third, &faults), eightDigits(text, fourth, &faults))
        guard faults == 0 else { return nil }
        self.init(high: top << 32 | upper, low: lower << 32 | bottom)
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
        out.bytes.append(atMost: 36) { out in
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

/// The number written by the four digits at `first` and the four at `second`. Reads all eight bytes as one word.
/// - Parameter faults: gets a bit for each byte that isn't a hexadecimal digit.
@inline(__always)
private func eightDigits(_ text: Span<UInt8>, _ at: (first: Int, second: Int), _ faults: inout UInt64)
    -> UInt64
{
    let word =
        at.second == at.first &+ 4
        ? text.word(at: at.first)
        : UInt64(fourBytes(text, at.first)) | UInt64(fourBytes(text, at.second)) << 32
    let tops: UInt64 = 0x8080_8080_8080_8080
    let low = word & ~tops
    // 0...9 for a digit, 1...6 for a letter of either case. No sum carries into the next byte.
    let digits = low ^ 0x3030_3030_3030_3030
    let letters = (low | 0x2020_2020_2020_2020) ^ 0x6060_6060_6060_6060
    let isDigit = ~(digits &+ 0x7676_7676_7676_7676) & tops
    let isLetter = (letters &+ 0x7F7F_7F7F_7F7F_7F7F) & ~(letters &+ 0x7979_7979_7979_7979) & tops
    faults |= (isDigit | isLetter) ^ tops | word & tops
    let nibbles = (low & 0x0F0F_0F0F_0F0F_0F0F &+ (isLetter >> 7) &* 9).byteSwapped
    let bytes = (nibbles | nibbles >> 4) & 0x00FF_00FF_00FF_00FF
    let halves = (bytes | bytes >> 8) & 0x0000_FFFF_0000_FFFF
    return (halves | halves >> 16) & 0xFFFF_FFFF
}

/// Four bytes as a number, the first byte lowest.
@inline(__always)
private func fourBytes(_ text: Span<UInt8>, _ index: Int) -> UInt32 {
    // Any four bytes are a UInt32, and the load checks its bounds itself.
    unsafe UInt32(
        littleEndian: text.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self)
    )
}
