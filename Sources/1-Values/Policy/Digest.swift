/// A SHA-256 digest: of a key's secret, or of a tool's canonical definition.
///
/// Compared without an early exit, so the time says nothing about where two digests differ. Hashed by its first word
/// alone, which is as good as random already.
package struct Digest: Hashable, Sendable {
    @usableFromInline let word0, word1, word2, word3: UInt64

    /// - Parameter bytes: exactly 32, else `nil`.
    package init?(_ bytes: Span<UInt8>) {
        guard bytes.count == 32 else { return nil }
        word0 = bytes.bigEndianWord(at: 0)
        word1 = bytes.bigEndianWord(at: 8)
        word2 = bytes.bigEndianWord(at: 16)
        word3 = bytes.bigEndianWord(at: 24)
    }

    /// The same from an array's bytes: exactly 32, else `nil`.
    package init?(_ bytes: [UInt8]) { self.init(bytes.span) }

    /// The 32 bytes, as they are stored.
    package var bytes: [UInt8] {
        [word0, word1, word2, word3].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
        }
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    @inlinable
    package static func == (left: Digest, right: Digest) -> Bool {
        var difference = left.word0 ^ right.word0
        difference |= left.word1 ^ right.word1
        difference |= left.word2 ^ right.word2
        difference |= left.word3 ^ right.word3
        return difference == 0
    }

    @inlinable
    package func hash(into hasher: inout Hasher) { hasher.combine(word0) }
}

extension Span where Element == UInt8 {
    fileprivate func bigEndianWord(at offset: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in offset..<offset + 8 { word = word << 8 | UInt64(self[index]) }
        return word
    }
}
