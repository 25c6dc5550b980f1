import Bytes

/// A header value that mirrors a member of the body: literal text, or Base64 between the markers `=?base64?`
/// and `?=`.
///
/// Source: streamable HTTP, "Value Encoding".
enum MirroredValue {
    case literal(Range<Int>)
    case decoded([UInt8])
    /// The value has the markers, but not Base64 of UTF-8 between them.
    case malformed

    init(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        let opening = 9
        let closing = 2
        guard value.count >= opening + closing,
            bytes.equals(value.lowerBound..<value.lowerBound + opening, "=?base64?"),
            bytes.equals(value.upperBound - closing..<value.upperBound, "?=")
        else {
            self = .literal(value)
            return
        }
        guard
            let decoded = Base64.decode(bytes, value.lowerBound + opening..<value.upperBound - closing),
            String(validating: decoded, as: UTF8.self) != nil
        else {
            self = .malformed
            return
        }
        self = .decoded(decoded)
    }
}
