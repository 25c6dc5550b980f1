package import Bytes

/// Base64 in one of its two alphabets, strict when it reads.
///
/// Reading refuses white space, missing or surplus padding, foreign characters and trailing bits that are not zero, so
/// every run of bytes has exactly one text.
/// Source: RFC 4648 §4, §5
package struct Base64: Sendable {
    /// `+` and `/`, with padding.
    package static let standard = Base64(alphabet: standardAlphabet, isPadded: true)
    /// `-` and `_`, without padding: fits in URLs, cookies and header values as it is.
    package static let url = Base64(alphabet: urlAlphabet, isPadded: false)

    private let alphabet: [64 of UInt8]
    private let values: [256 of UInt8]
    private let isPadded: Bool

    private init(alphabet text: StaticString, isPadded: Bool) {
        alphabet = [64 of UInt8] { text.utf8Start[$0] }
        var values = [256 of UInt8](repeating: 0xff)
        for index in alphabet.indices { values[Int(alphabet[index])] = UInt8(index) }
        self.values = values
        self.isPadded = isPadded
    }

    /// Appends the text of `bytes`; makes room once. A group of three bytes costs about twenty instructions.
    package func encode(_ bytes: Span<UInt8>, to out: inout ByteBuffer) {
        let alphabet = alphabet.span
        let pad = UInt8(ascii: "=")
        out.bytes.append(atMost: (bytes.count + 2) / 3 * 4) { out in
            var index = 0
            while index &+ 2 < bytes.count {
                let group =
                    UInt32(bytes[index]) << 16 | UInt32(bytes[index &+ 1]) << 8 | UInt32(bytes[index &+ 2])
                out.append(alphabet[Int(group >> 18)])
                out.append(alphabet[Int(group >> 12 & 63)])
                out.append(alphabet[Int(group >> 6 & 63)])
                out.append(alphabet[Int(group & 63)])
                index &+= 3
            }
            let left = bytes.count &- index
            guard left > 0 else { return }
            let group = UInt32(bytes[index]) << 16 | (left == 2 ? UInt32(bytes[index &+ 1]) << 8 : 0)
            out.append(alphabet[Int(group >> 18)])
            out.append(alphabet[Int(group >> 12 & 63)])
            if left == 2 { out.append(alphabet[Int(group >> 6 & 63)]) }
            guard isPadded else { return }
            for _ in left..<3 { out.append(pad) }
        }
    }

    package func encode(_ bytes: Span<UInt8>) -> String {
        var out = ByteBuffer(capacity: (bytes.count + 2) / 3 * 4)
        encode(bytes, to: &out)
        return out.text
    }

    package func encode(_ bytes: [UInt8]) -> String { encode(bytes.span) }

    /// The bytes, or `nil` when the text is not exactly what `encode` writes.
    package func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard let digits = unpaddedCount(text) else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(digits / 4 * 3 + 2)
        var group: UInt32 = 0
        for index in 0..<digits {
            let value = values[Int(text[index])]
            guard value != 0xff else { return nil }
            group = group << 6 | UInt32(value)
            if index & 3 == 3 {
                for shift: UInt32 in [16, 8, 0] { out.append(UInt8(truncatingIfNeeded: group >> shift)) }
                group = 0
            }
        }
        switch digits & 3 {
        case 0: return out
        case 2 where group & 15 == 0: out.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3 where group & 3 == 0:
            out.append(UInt8(truncatingIfNeeded: group >> 10))
            out.append(UInt8(truncatingIfNeeded: group >> 2))
        default: return nil
        }
        return out
    }

    package func decode(_ text: String) -> [UInt8]? { decode(text.utf8.span) }

    /// How many characters come before the padding; `nil` when the padding is wrong for this alphabet.
    private func unpaddedCount(_ text: Span<UInt8>) -> Int? {
        guard isPadded else { return text.count }
        guard text.count.isMultiple(of: 4) else { return nil }
        let pad = UInt8(ascii: "=")
        guard text.count > 0, text[text.count - 1] == pad else { return text.count }
        return text[text.count - 2] == pad ? text.count - 2 : text.count - 1
    }
}

private let standardAlphabet: StaticString =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
private let urlAlphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
