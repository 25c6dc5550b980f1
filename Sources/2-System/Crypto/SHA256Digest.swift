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
    package mutating func append(hex digest: SHA256Digest) { append(hex: digest.bytes.span) }
}
