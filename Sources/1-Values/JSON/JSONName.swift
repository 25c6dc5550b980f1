import Bytes

/// The inside of a scanned string, still escaped: a member's name or a string value without its quotes.
///
/// Compares by its decoded characters, so `"\u0069d"` equals `id`. Never allocates.
@usableFromInline
package struct JSONName: Sendable, Equatable {
    /// Without the quotes.
    @usableFromInline package let range: Range<Int>
    @usableFromInline package let hasEscapes: Bool

    @inlinable
    package init(range: Range<Int>, hasEscapes: Bool) {
        self.range = range
        self.hasEscapes = hasEscapes
    }

    /// The inside of the string at `value`; nil when the value isn't a string.
    /// `value`: the whole raw value of a validated document, with its quotes.
    package init?(_ bytes: Span<UInt8>, at value: Range<Int>) {
        guard value.count >= 2, bytes[value.lowerBound] == UInt8(ascii: "\"") else { return nil }
        range = value.lowerBound + 1..<value.upperBound - 1
        let end = range.upperBound
        hasEscapes = JSON.nextBackslash(bytes, from: range.lowerBound, to: end) < end
    }

    package func equals(utf8 other: Span<UInt8>, in bytes: Span<UInt8>) -> Bool {
        if !hasEscapes { return bytes.equals(range, other) }
        var characters = Unescaper(range)
        for index in other.indices {
            guard let byte = characters.next(bytes), byte == other[index] else { return false }
        }
        return characters.next(bytes) == nil
    }

    /// Whether both decode to the same characters. Both lie in `bytes`.
    package func equals(_ other: JSONName, in bytes: Span<UInt8>) -> Bool {
        if !hasEscapes && !other.hasEscapes {
            guard range.count == other.range.count else { return false }
            return bytes.equals(range, bytes.extracting(other.range))
        }
        var left = Unescaper(range)
        var right = Unescaper(other.range)
        while true {
            let byte = left.next(bytes)
            guard byte == right.next(bytes) else { return false }
            if byte == nil { return true }
        }
    }

    /// The characters as text.
    package func text(in bytes: Span<UInt8>) -> String {
        JSON.unescaped(bytes, range, hasEscapes: hasEscapes)
    }
}

/// Yields the UTF-8 bytes of the inside of a validated string, its escapes decoded. A lone surrogate yields U+FFFD.
struct Unescaper {
    /// The position of the next byte to read.
    private(set) var position: Int
    private let end: Int
    /// Bytes of the last escape that are still to come, the next one lowest.
    private var pending: UInt32 = 0

    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// Whether the last byte returned is not the last one of its character's escape.
    var isInsideCharacter: Bool { pending != 0 }

    mutating func next(_ bytes: Span<UInt8>) -> UInt8? {
        if pending != 0 {
            defer { pending >>= 8 }
            return UInt8(truncatingIfNeeded: pending)
        }
        guard position < end else { return nil }
        let byte = bytes[position]
        guard byte == UInt8(ascii: "\\"), position + 1 < end else {
            position += 1
            return byte
        }
        let escape = bytes[position + 1]
        position += 2
        return JSON.plainEscape(escape) ?? nextScalar(bytes)
    }

    private mutating func nextScalar(_ bytes: Span<UInt8>) -> UInt8 {
        let first = unit(bytes, position) ?? 0xFFFD
        position = min(position + 4, end)
        var scalar = first
        if first & 0xF800 == 0xD800 {
            scalar = 0xFFFD
            if first < 0xDC00, position + 5 < end, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u"),
                let second = unit(bytes, position + 2), second & 0xFC00 == 0xDC00
            {
                scalar = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
                position += 6
            }
        }
        if scalar < 0x80 { return UInt8(truncatingIfNeeded: scalar) }
        let last = 0x80 | scalar & 0x3F
        if scalar < 0x800 {
            pending = last
            return UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
        }
        let third = 0x80 | scalar >> 6 & 0x3F
        if scalar < 0x10000 {
            pending = third | last << 8
            return UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
        }
        pending = (0x80 | scalar >> 12 & 0x3F) | third << 8 | last << 16
        return UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
    }

    /// The four hexadecimal digits at `start`.
    private func unit(_ bytes: Span<UInt8>, _ start: Int) -> UInt32? {
        guard start + 4 <= end else { return nil }
        var value: UInt32 = 0
        for index in start..<start + 4 {
            guard let digit = JSON.hexDigit(bytes[index]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
