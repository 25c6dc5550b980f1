extension Span where Element == UInt8 {
    /// Whether the bytes in `range` are exactly the literal's.
    @inlinable
    package func equals(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard range.count == count else { return false }
        let start = unsafe literal.utf8Start
        for offset in 0..<count where unsafe self[range.lowerBound + offset] != start[offset] { return false }
        return true
    }

    /// Whether the bytes in `range` are the literal's, ASCII letters compared without case.
    /// - Parameter literal: lower-case ASCII.
    @inlinable
    package func equalsIgnoringCase(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard range.count == count else { return false }
        let start = unsafe literal.utf8Start
        for offset in 0..<count {
            let byte = self[range.lowerBound + offset]
            let lower = byte &- 65 < 26 ? byte | 0x20 : byte
            if unsafe lower != start[offset] { return false }
        }
        return true
    }

    /// The bytes in `range` as text; invalid UTF-8 is repaired.
    package func text(_ range: Range<Int>) -> String {
        let part = self.extracting(range)
        return unsafe part.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
