extension Span where Element == UInt8 {
    /// Whether the bytes in `range` are exactly the literal's.
    ///
    /// Inlined so that the literal's words become constants: a wrong length costs one comparison, the right one a
    /// comparison for every eight bytes. The range must lie inside the span.
    @inlinable @inline(__always)
    package func equals(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard range.upperBound &- range.lowerBound == count else { return false }
        precondition(range.lowerBound >= 0 && range.upperBound <= self.count)
        // The range was just checked to lie inside, and a static string's bytes live as long as the program.
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            return unsafe WordCompare.isSame(base + range.lowerBound, literal.utf8Start, count)
        }
    }

    /// Whether the bytes in `range` are the literal's, ASCII letters compared without case. Cost as for `equals`.
    /// `literal`: lower-case ASCII.
    @inlinable @inline(__always)
    package func equalsIgnoringCase(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard range.upperBound &- range.lowerBound == count else { return false }
        precondition(range.lowerBound >= 0 && range.upperBound <= self.count)
        // As in `equals`.
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            return unsafe WordCompare.isSameFolded(base + range.lowerBound, literal.utf8Start, count)
        }
    }

    /// Like `equalsIgnoringCase`, for a token such as a field's name, which has no control characters: a few operations
    /// for eight bytes. `literal`: lower-case letters, digits and hyphens. Source: RFC 9110 §5.6.2
    @inlinable @inline(__always)
    package func equalsToken(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard range.upperBound &- range.lowerBound == count else { return false }
        precondition(range.lowerBound >= 0 && range.upperBound <= self.count)
        // As in `equals`.
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            return unsafe WordCompare.isSameToken(base + range.lowerBound, literal.utf8Start, count)
        }
    }

    /// Whether the bytes in `range` are exactly those of `other`. The range must lie inside the span.
    @inlinable
    package func equals(_ range: Range<Int>, _ other: Span<UInt8>) -> Bool {
        let count = other.count
        guard range.upperBound &- range.lowerBound == count else { return false }
        precondition(range.lowerBound >= 0 && range.upperBound <= self.count)
        // The range was just checked to lie inside, and `count` is the other's.
        return unsafe withUnsafeBytes { bytes in
            unsafe other.withUnsafeBytes { other in
                guard let left = bytes.baseAddress, let right = other.baseAddress else { return true }
                return unsafe WordCompare.isSame(left + range.lowerBound, right, count)
            }
        }
    }

    /// Eight bytes as one word, the first of them in its lowest byte. Traps unless all eight lie inside.
    @inlinable @inline(__always)
    package func word(at offset: Int) -> UInt64 {
        // Any eight bytes are a UInt64, and the load checks its bounds itself.
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The first position from `start` on whose byte is one of the two; `end` when there is none. Eight bytes at a time.
    @inlinable @inline(__always)
    package func firstPosition(of one: UInt8, or other: UInt8, from start: Int, to end: Int) -> Int {
        let low: UInt64 = 0x0101_0101_0101_0101
        let (ones, others) = (UInt64(one) &* low, UInt64(other) &* low)
        var at = start
        while at &+ 8 <= end {
            let word = word(at: at)
            let (left, right) = (word ^ ones, word ^ others)
            // Exact up to the first zero byte of each; the rest isn't used.
            let stops = (((left &- low) & ~left) | ((right &- low) & ~right)) & 0x8080_8080_8080_8080
            if stops != 0 { return at &+ stops.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < end, self[at] != one, self[at] != other { at &+= 1 }
        return at
    }

    /// The bytes in `range` as text; invalid UTF-8 is repaired.
    package func text(_ range: Range<Int>) -> String {
        let part = self.extracting(range)
        return unsafe part.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

/// Comparison of equally long runs of bytes, a word at a time. Only for the functions above, which check the bounds.
@usableFromInline
enum WordCompare {
    /// The last word overlaps the one before it, so that the rest needs no loop over single bytes.
    @inlinable @inline(__always)
    static func isSame(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
        guard count >= 8 else { return unsafe short(left, count) == short(right, count) }
        var offset = 0
        while offset < count &- 8 {
            guard unsafe word(left, offset) == word(right, offset) else { return false }
            offset &+= 8
        }
        return unsafe word(left, count &- 8) == word(right, count &- 8)
    }

    /// Like `isSame`, but takes upper-case ASCII letters on the left for lower-case ones.
    @inlinable @inline(__always)
    static func isSameFolded(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
        guard count >= 8 else { return unsafe folded(short(left, count)) == short(right, count) }
        var offset = 0
        while offset < count &- 8 {
            guard unsafe folded(word(left, offset)) == word(right, offset) else { return false }
            offset &+= 8
        }
        return unsafe folded(word(left, count &- 8)) == word(right, count &- 8)
    }

    /// Like `isSame`, for a token on the left, ignoring case. Setting the sixth bit is enough: it turns only letters of
    /// a token into letters, and only hyphens into hyphens.
    @inlinable @inline(__always)
    static func isSameToken(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
        let bits: UInt64 = 0x2020_2020_2020_2020
        guard count >= 8 else {
            // With fewer than eight bytes, the word's highest bytes are 0.
            return unsafe short(left, count) | bits == short(right, count) | bits
        }
        var offset = 0
        while offset < count &- 8 {
            guard unsafe word(left, offset) | bits == word(right, offset) else { return false }
            offset &+= 8
        }
        return unsafe word(left, count &- 8) | bits == word(right, count &- 8)
    }

    @inlinable @inline(__always)
    static func word(_ start: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// 0 to 7 bytes in one word. Some bytes are in it twice; which ones depends on `count` alone.
    @inlinable @inline(__always)
    static func short(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
        if count >= 4 {
            let first = unsafe start.loadUnaligned(as: UInt32.self)
            let last = unsafe start.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            return UInt64(first) | UInt64(last) << 32
        }
        guard count > 0 else { return 0 }
        let first = unsafe start.load(as: UInt8.self)
        let middle = unsafe start.load(fromByteOffset: count >> 1, as: UInt8.self)
        let last = unsafe start.load(fromByteOffset: count &- 1, as: UInt8.self)
        return UInt64(first) | UInt64(middle) << 8 | UInt64(last) << 16
    }

    /// The word with `A`...`Z` in any of its bytes made lower-case. No byte disturbs its neighbour: only the lower
    /// seven bits of each are added to, and the eighth takes the carry.
    @inlinable @inline(__always)
    static func folded(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let isFromA = low &+ 0x3F3F_3F3F_3F3F_3F3F
        let isAfterZ = low &+ 0x2525_2525_2525_2525
        let isUpper = isFromA & ~isAfterZ & ~word & 0x8080_8080_8080_8080
        return word | isUpper >> 2
    }
}
