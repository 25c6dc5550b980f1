import Bytes

/// Refuses a second member of the same name in an object; names are compared with their escapes decoded.
///
/// For envelopes, whose members are few: the first 8 names cost no allocation, more than `membersMax` are
/// refused, so no object can make the comparison long.
package struct DuplicateKeyCheck {
    package static let membersMax = 256

    private var first = InlineArray<8, CompactName>(repeating: CompactName())
    private var more: [JSONName] = []
    private var firstCount = 0
    /// One bit for the length and the outer bytes of each name so far: names whose bits differ are different.
    private var seen: UInt64 = 0
    /// Whether a name so far has escapes: its bit then says nothing about it.
    private var hasEscapes = false

    package init() {}

    /// Remembers a member's name.
    /// - Throws: `.duplicateKey` at the name when it came before; `.tooManyMembers`.
    @inline(__always)
    package mutating func add(_ name: JSONName, in bytes: Span<UInt8>) throws(JSONError) {
        let bit = Self.bit(of: name, bytes)
        // The name is plain, is among the first 8, and can't equal an earlier one.
        if seen & bit == 0, !hasEscapes, !name.hasEscapes, firstCount < 8,
            name.range.upperBound <= CompactRange.offsetMax
        {
            seen |= bit
            first[firstCount] = CompactName(plain: name.range)
            firstCount &+= 1
            return
        }
        try addOther(name, bit, bytes)
    }

    private mutating func addOther(
        _ name: JSONName,
        _ bit: UInt64,
        _ bytes: Span<UInt8>
    ) throws(JSONError) {
        defer {
            seen |= bit
            hasEscapes = hasEscapes || name.hasEscapes
        }
        if seen & bit != 0 || hasEscapes || name.hasEscapes { try compare(name, bytes) }
        guard firstCount + more.count < Self.membersMax else {
            throw JSONError(.tooManyMembers(membersMax: Self.membersMax), at: name.range.lowerBound)
        }
        if firstCount < 8, name.range.upperBound <= CompactRange.offsetMax {
            first[firstCount] = CompactName(wrappedValue: name)
            firstCount += 1
        } else {
            more.append(name)
        }
    }

    @inline(__always)
    private static func bit(of name: JSONName, _ bytes: Span<UInt8>) -> UInt64 {
        let (start, end) = (name.range.lowerBound, name.range.upperBound)
        if start == end { return 1 }
        let outer = bytes[start] &* 7 &+ bytes[end &- 1] &* 3
        return 1 &<< UInt64(outer &+ UInt8(truncatingIfNeeded: end &- start))
    }

    private func compare(_ name: JSONName, _ bytes: Span<UInt8>) throws(JSONError) {
        for index in 0..<firstCount where first[index].wrappedValue?.equals(name, in: bytes) == true {
            throw JSONError(.duplicateKey, at: name.range.lowerBound)
        }
        for earlier in more where earlier.equals(name, in: bytes) {
            throw JSONError(.duplicateKey, at: name.range.lowerBound)
        }
    }
}
