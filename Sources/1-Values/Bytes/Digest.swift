/// The 32 bytes of a SHA-256 hash or HMAC-SHA256 code, kept inline.
///
/// `==` takes the same time wherever the first difference is, so a digest of a secret may be compared with it.
/// `hash(into:)` uses the first word alone, which is as good as random already.
@usableFromInline
package struct Digest: Sendable, BitwiseCopyable {
    /// The bytes in the order the algorithm defines, without an allocation.
    @usableFromInline package let inline: [32 of UInt8]

    @inlinable
    package init(inline: [32 of UInt8]) { self.inline = inline }

    /// 32 zeros: stands for a digest that wasn't computed.
    package static let none = Digest(inline: [32 of UInt8](repeating: 0))

    package var isNone: Bool { self == .none }

    /// A digest kept elsewhere as raw bytes; `nil` unless there are exactly 32.
    package init?(_ stored: Span<UInt8>) {
        guard stored.count == 32 else { return nil }
        inline = [32 of UInt8] { stored[$0] }
    }

    /// A digest kept elsewhere as an array; `nil` unless it has exactly 32 bytes.
    package init?(_ stored: [UInt8]) { self.init(stored.span) }

    /// A digest written as 64 lower-case hexadecimal digits; `nil` for anything else.
    package init?(hex text: String) {
        guard let decoded = Hex.decode(text) else { return nil }
        self.init(decoded)
    }

    /// The bytes as an array, for storage.
    package var bytes: [UInt8] { inline.indices.map { inline[$0] } }

    /// Appends the 32 bytes.
    @inlinable
    package func append(to out: inout OutputSpan<UInt8>) {
        for index in 0..<4 { out.append(littleEndian: UInt64(littleEndian: word(index))) }
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String { Hex.encode(inline.span) }

    /// The first eight bytes as a number, the first byte highest; used to find a place in a table.
    @inlinable package var firstWord: UInt64 { UInt64(bigEndian: word(0)) }

    /// Eight bytes as they lie in memory; `index` is 0...3.
    @inlinable
    func word(_ index: Int) -> UInt64 {
        // 32 bytes are four words.
        unsafe inline.span.bytes.unsafeLoadUnaligned(fromByteOffset: index &* 8, as: UInt64.self)
    }
}

extension Digest: Hashable {
    @inlinable
    package static func == (left: Digest, right: Digest) -> Bool {
        var difference = left.word(0) ^ right.word(0)
        difference |= left.word(1) ^ right.word(1)
        difference |= left.word(2) ^ right.word(2)
        difference |= left.word(3) ^ right.word(3)
        return difference == 0
    }

    @inlinable
    package func hash(into hasher: inout Hasher) { hasher.combine(firstWord) }
}

extension Digest: CustomStringConvertible {
    @usableFromInline package var description: String { hex }
}

extension ByteBuffer {
    /// Appends the digest as 64 lower-case hexadecimal digits.
    package mutating func append(hex digest: Digest) { append(hex: digest.inline.span) }
}

extension OutputSpan where Element == UInt8 {
    /// Appends the digest as 64 lower-case hexadecimal digits. Traps when there is no room for them.
    package mutating func append(hex digest: Digest) { append(hex: digest.inline.span) }
}
