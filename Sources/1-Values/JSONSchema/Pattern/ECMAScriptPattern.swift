/// Checks that a text is a regular expression of ECMAScript in Unicode mode, as JSON Schema's patterns are.
///
/// Checks only the grammar and matches nothing. Linear for any pattern that people write; reads at most `lengthMax`
/// code points and `depthMax` groups inside each other.
/// Source: ECMA-262 §22.2.1 with the flag `u`; named groups that repeat in other alternatives and modifiers are
/// ECMAScript 2025's.
package enum ECMAScriptPattern {
    /// The longest pattern, in code points. A longer one is refused: it can't be checked in bounded time.
    package static let lengthMax = 10_000
    /// The deepest nesting of groups.
    package static let depthMax = 200

    /// - Throws: the first fault.
    package static func check(_ pattern: String) throws(PatternFault) {
        let scalars = Array(pattern.unicodeScalars)
        guard scalars.count <= lengthMax else {
            throw PatternFault(position: lengthMax, reason: "more than \(lengthMax) characters")
        }
        var parser = PatternParser(scalars)
        try parser.parse()
    }
}

/// Why a text isn't a pattern.
package struct PatternFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// In code points from the start.
    package let position: Int
    package let reason: String

    package var description: String { "\(reason) at character \(position + 1)" }
}
