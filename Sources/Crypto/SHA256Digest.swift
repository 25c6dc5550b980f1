package import Bytes

/// The 32 bytes of a SHA-256 hash or HMAC-SHA256 code, kept inline.
///
/// `==` takes the same time wherever the first difference is, so a digest of a secret may be compared with it.
package struct SHA256Digest: Sendable {
    /// The bytes in the order the algorithm defines.
    package let bytes: [32 of UInt8]

    package init(bytes: [32 of UInt8]) { self.bytes = bytes }

    /// A digest kept elsewhere as raw bytes; `nil` unless there are exactly 32.
    package init?(_ stored: Span<UInt8>) {
        guard stored.count == 32 else { return nil }
        bytes = [32 of UInt8] { stored[$0] }
    }

    /// A digest written as 64 lower-case hexadecimal digits; `nil` for anything else.
    package init?(hex text: String) {
        guard let decoded = Hex.decode(text) else { return nil }
        self.init(decoded.span)
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String { Hex.encode(bytes.span) }

    /// The bytes as an array, for storage.
    package var array: [UInt8] { bytes.indices.map { bytes[$0] } }
}

extension SHA256Digest: Hashable {
    package static func == (left: SHA256Digest, right: SHA256Digest) -> Bool {
        constantTimeEquals(left.bytes.span, right.bytes.span)
    }

    /// Feeds the first eight bytes only: the value is a hash already.
    package func hash(into hasher: inout Hasher) {
        var word: UInt64 = 0
        for index in 0..<8 { word = word << 8 | UInt64(bytes[index]) }
        hasher.combine(word)
    }
}

extension SHA256Digest: CustomStringConvertible {
    package var description: String { hex }
}

extension ByteBuffer {
    /// Appends the digest as 64 lower-case hexadecimal digits.
    ///
    /// Four bytes at a time: digit by digit, the three digests of one signature would cost as much as a hash.
    package mutating func append(hex digest: SHA256Digest) {
        let digits = [8 of UInt64] { hexDigits(digest.bytes, at: $0 * 4).littleEndian }
        digits.span.withUnsafeBytes { digits in
            digits.withMemoryRebound(to: UInt8.self) { bytes.append(contentsOf: $0) }
        }
    }
}

/// Eight ASCII digits, the first in the lowest byte.
@inline(__always)
private func hexDigits(_ bytes: [32 of UInt8], at index: Int) -> UInt64 {
    let low = UInt64(bytes[index]) | UInt64(bytes[index + 1]) << 16
    let spread = low | UInt64(bytes[index + 2]) << 32 | UInt64(bytes[index + 3]) << 48
    let nibbles = (spread >> 4 & 0x000f_000f_000f_000f) | (spread & 0x000f_000f_000f_000f) << 8
    let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101  // 1 for 10...15
    return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
}
