import Bytes
import HTTP
import Policy

/// The bearer credential of a request: where it lies in the request's bytes, and whether it is a key.
///
/// Source: RFC 6750 §2.1.
struct BearerCredential {
    /// The most bytes of a key.
    static let keyBytesMax = 512
    /// The most bytes of an access token.
    static let tokenBytesMax = 16 * 1024

    /// The bytes after `Bearer `.
    let range: Range<Int>
    /// Whether it begins with `mgw_`, as every key does.
    let isKey: Bool

    /// Finds the credential. Allocates nothing.
    /// - Throws: `.missing`, or `.malformed` for a field that can't hold one credential.
    init(_ request: borrowing Request) throws(Refusal) {
        let bytes = request.bytes.span
        guard let credential = request.head.fields.first(.authorization) else { throw .missing }
        // A proxy in front may have checked the other field.
        guard !request.head.fields.isRepeated(.authorization) else { throw .malformed }
        guard let range = Self.token(in: credential, bytes) else { throw .malformed }
        self.range = range
        isKey = range.count > 4 && bytes.equals(range.lowerBound..<range.lowerBound + 4, "mgw_")
    }

    /// The prefix of `mgw_<prefix>_…`, if the request's first credential has this form. Not a secret.
    static func keyPrefix(of request: borrowing Request) -> String? {
        let bytes = request.bytes.span
        guard let field = request.head.fields.first(.authorization),
            let token = token(in: field, bytes), token.count > 5,
            bytes.equals(token.lowerBound..<token.lowerBound + 4, "mgw_")
        else { return nil }
        let start = token.lowerBound + 4
        var end = start
        while end < token.upperBound, end - start < 16, bytes[end] &- 48 < 10 || bytes[end] &- 97 < 26 {
            end += 1
        }
        guard end > start, end < token.upperBound, bytes[end] == UInt8(ascii: "_") else { return nil }
        return bytes.text(start..<end)
    }

    /// The bytes after `Bearer `, with the scheme in any case.
    private static func token(in field: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int>? {
        let scheme = 7
        guard field.count > scheme,
            bytes.equalsIgnoringCase(field.lowerBound..<field.lowerBound + scheme, "bearer ")
        else { return nil }
        var start = field.lowerBound + scheme
        while start < field.upperBound, bytes[start] == 32 { start += 1 }
        let token = start..<field.upperBound
        return token.isEmpty ? nil : token
    }
}
