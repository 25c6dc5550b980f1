/// A set of tools by their positions in a snapshot, a bit for each.
package struct ToolSet: Sendable, Hashable {
    private var words: [UInt64]

    /// The empty set, with room for `count` tools.
    init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    /// The set of all `count` tools.
    init(all count: Int) {
        self.init(count: count)
        insert(0..<count)
    }

    func contains(_ tool: Int) -> Bool { words[tool >> 6] >> UInt64(tool & 63) & 1 == 1 }

    mutating func insert(_ tool: Int) { words[tool >> 6] |= 1 << UInt64(tool & 63) }

    mutating func insert(_ tools: Range<Int>) {
        forEachWord(of: tools) { word, mask, words in words[word] |= mask }
    }

    mutating func remove(_ tools: Range<Int>) {
        forEachWord(of: tools) { word, mask, words in words[word] &= ~mask }
    }

    mutating func formUnion(_ other: ToolSet) {
        for word in words.indices { words[word] |= other.words[word] }
    }

    /// Adds the members of `other` within `range`.
    mutating func formUnion(_ other: ToolSet, in range: Range<Int>) {
        forEachWord(of: range) { word, mask, words in words[word] |= other.words[word] & mask }
    }

    mutating func formIntersection(_ other: ToolSet) {
        for word in words.indices { words[word] &= other.words[word] }
    }

    mutating func subtract(_ other: ToolSet) {
        for word in words.indices { words[word] &= ~other.words[word] }
    }

    /// How many members there are.
    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Whether the two have a member in common.
    func intersects(_ other: ToolSet) -> Bool {
        words.indices.contains { words[$0] & other.words[$0] != 0 }
    }

    /// Calls `body` with each member, in order.
    func forEach(_ body: (Int) -> Void) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                body(index << 6 | rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }

    /// The size of the set in bytes.
    package var byteCount: Int { words.count * 8 }

    /// The members in order.
    package var positions: [Int] {
        var positions: [Int] = []
        positions.reserveCapacity(words.reduce(0) { $0 + $1.nonzeroBitCount })
        forEach { positions.append($0) }
        return positions
    }

    private mutating func forEachWord(
        of range: Range<Int>,
        _ body: (_ word: Int, _ mask: UInt64, _ words: inout [UInt64]) -> Void
    ) {
        guard !range.isEmpty else { return }
        let (first, last) = (range.lowerBound >> 6, (range.upperBound - 1) >> 6)
        for word in first...last {
            var mask = UInt64.max
            if word == first { mask &= .max << UInt64(range.lowerBound & 63) }
            if word == last { mask &= .max >> UInt64(63 - (range.upperBound - 1) & 63) }
            body(word, mask, &words)
        }
    }
}
