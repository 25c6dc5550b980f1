// JSON: a strict byte-level scanner that finds values as slices, a writer that splices them, and a small
// value type.
//
//   Depends on   Bytes
//   Used by      MCP, Contracts, AWS, Store, LocalLambda, Gateway, Control, Server
//   Start at     JSON.validate and JSONObjectWalk (hot paths, no tree), JSONValue (cold paths)
//
// The rules are RFC 8259's with nothing added: one value, no byte order mark, no comments, no trailing comma,
// UTF-8 that is checked byte by byte. An escaped lone surrogate (`"\ud800"`) is legal in the grammar, so a
// scan lets it through and decoding turns it into U+FFFD. Nesting is bounded by `depthMax`, so no document
// can exhaust a stack.
import Bytes

/// Scanning, slicing and writing of JSON text. All positions are byte offsets from the start of the given
/// span.
///
/// A scan never allocates. Source: RFC 8259.
@usableFromInline
package enum JSON {
    /// The deepest nesting that any function here accepts, and their default.
    package static let depthMax = 128

    /// The kind of a value, known from its first byte.
    @usableFromInline
    package enum Kind: Sendable, Equatable {
        case object, array, string, number
        case `true`, `false`, null
    }

    /// Checks that `bytes` is one whole document.
    ///
    /// `depthMax`: arrays and objects inside each other, 1...128.
    /// - Throws: where the first fault is and what it is.
    /// - Returns: the range of the value, without the white space around it.
    package static func validate(
        _ bytes: Span<UInt8>,
        depthMax: Int = JSON.depthMax
    ) throws(JSONError) -> Range<Int> {
        try validate(bytes, in: 0..<bytes.count, depthMax: depthMax)
    }

    /// Checks that the bytes in `range` are one whole document.
    ///
    /// `range`: inside `bytes`.
    /// - Throws: where (counted from the start of `bytes`) the first fault is and what it is.
    /// - Returns: the range of the value, without the white space around it.
    package static func validate(
        _ bytes: Span<UInt8>,
        in range: Range<Int>,
        depthMax: Int = JSON.depthMax
    ) throws(JSONError) -> Range<Int> {
        var position = range.lowerBound
        skipSpace(bytes, &position, range.upperBound)
        let start = position
        try scanValue(bytes, &position, range.upperBound, depthMax)
        let end = position
        skipSpace(bytes, &position, range.upperBound)
        guard position == range.upperBound else { throw JSONError(.trailingBytes, at: position) }
        return start..<end
    }

    /// Checks one value and moves past it. White space before the value is skipped, after it is not.
    ///
    /// `end`: where to stop reading; the end of `bytes` when nil.
    /// - Throws: where the first fault is; `position` is then unchanged.
    package static func skipValue(
        _ bytes: Span<UInt8>,
        at position: inout Int,
        end: Int? = nil,
        depthMax: Int = JSON.depthMax
    ) throws(JSONError) {
        var next = position
        let end = end ?? bytes.count
        skipSpace(bytes, &next, end)
        try scanValue(bytes, &next, end, depthMax)
        position = next
    }

    /// The kind of the value at `value`. The range must come from a scan, so that it is not empty.
    @inlinable
    package static func kind(_ bytes: Span<UInt8>, at value: Range<Int>) -> Kind {
        guard !value.isEmpty else { return .null }
        return switch bytes[value.lowerBound] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"): .true
        case UInt8(ascii: "f"): .false
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }
}

/// White space between values.
extension JSON {
    /// The first position from `start` on, at most `end`, that isn't white space.
    package static func skipSpace(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var position = start
        skipSpace(bytes, &position, end)
        return position
    }
}
