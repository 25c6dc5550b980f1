/// A pattern for exposed tool names: `*` is any run of characters, `?` is any single one, the rest stands for itself.
///
/// Grammar: 1–200 printable ASCII characters without space, such as `prometheus___*` or `*___delete_*`.
package struct NamePattern: Hashable, Sendable {
    package static let bytesMax = 200

    package let text: String
    private let bytes: [UInt8]
    /// The bytes with which every matching name begins.
    let literalPrefix: [UInt8]
    /// Whether every name with that beginning matches: the pattern is a text and then one star.
    let isPrefix: Bool
    /// The hash of the bytes, kept because patterns are keys of tables that are built with every snapshot.
    private let hash: UInt64
    /// How many bytes after the last wildcard stand for themselves.
    private let literalSuffixCount: Int

    /// `nil` when the text breaks the grammar.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...Self.bytesMax).contains(bytes.count) else { return nil }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.init(text, bytes)
    }

    /// A pattern that holds for each spelling of the URIs in it: for names without percent-encodings, in lower case.
    /// Its decoded characters need not be printable, and a wildcard may be among them, which denies more.
    var ofSpellings: NamePattern { NamePattern(text, Array(CanonicalURI.spelling(text).utf8)) }

    private init(_ text: String, _ bytes: [UInt8]) {
        self.text = text
        self.bytes = bytes
        let prefix = bytes.prefix { $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "?") }
        literalPrefix = Array(prefix)
        hash = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        isPrefix = bytes[prefix.count...].elementsEqual([UInt8(ascii: "*")])
        let wildcard = bytes.lastIndex { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
        literalSuffixCount = wildcard.map { bytes.count - 1 - $0 } ?? 0
    }

    /// Patterns are equal when their texts are.
    package static func == (left: NamePattern, right: NamePattern) -> Bool { left.bytes == right.bytes }

    package func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    /// Whether the whole name matches. Allocates nothing; at worst (pattern × name) steps, both bounded.
    package func matches(_ name: Span<UInt8>) -> Bool {
        // Most names fail here already.
        guard name.count >= literalSuffixCount else { return false }
        for back in 1..<literalSuffixCount + 1 where name[name.count - back] != bytes[bytes.count - back] {
            return false
        }
        var at = 0
        var patternAt = 0
        var retry: (pattern: Int, name: Int)?
        while at < name.count {
            if patternAt < bytes.count, bytes[patternAt] == UInt8(ascii: "*") {
                patternAt += 1
                retry = (patternAt, at)
            } else if patternAt < bytes.count, bytes[patternAt] == UInt8(ascii: "?") {
                patternAt += 1
                at = name.endOfCharacter(at)
            } else if patternAt < bytes.count, bytes[patternAt] == name[at] {
                patternAt += 1
                at += 1
            } else if let back = retry {
                // The last star takes one byte more, then everything after it is tried again.
                retry = (back.pattern, back.name + 1)
                patternAt = back.pattern
                at = back.name + 1
            } else {
                return false
            }
        }
        while patternAt < bytes.count, bytes[patternAt] == UInt8(ascii: "*") { patternAt += 1 }
        return patternAt == bytes.count
    }
}

extension Span where Element == UInt8 {
    /// Where the UTF-8 character that begins at `start` ends.
    fileprivate func endOfCharacter(_ start: Int) -> Int {
        var end = start + 1
        while end < count, self[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }
}
