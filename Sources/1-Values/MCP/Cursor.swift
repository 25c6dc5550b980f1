import Bytes

/// The place after which the next page of a list starts: the exposed name of the last entry on the page
/// before.
///
/// Opaque to clients and self-contained, so it outlives restarts and is valid on every replica. It grants nothing: the
/// list that follows it is the caller's own. The checksum distinguishes our cursors from mistyped or foreign ones.
package struct Cursor: Sendable, Equatable {
    package let lastName: String

    /// The longest cursor: a name may be a URI.
    private static let bytesMax = 4 * 1024

    /// Bumped when the meaning of the bytes changes; cursors of another format are refused.
    private static let format: UInt8 = 1

    package init(after lastName: String) { self.lastName = lastName }

    /// Reads a cursor that a client sent; nil for anything that `text` would not produce, which is answered with
    /// `-32602`.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax else { return nil }
        let span = text.utf8.span
        guard let bytes = Base64.decodeURL(span, 0..<span.count), bytes.count >= 5, bytes[0] == Self.format,
            let name = String(validating: bytes[5...], as: UTF8.self)
        else { return nil }
        let sum = checksum(bytes[5...])
        for index in 0..<4 where bytes[1 + index] != UInt8(truncatingIfNeeded: sum >> (8 * UInt32(index))) {
            return nil
        }
        lastName = name
    }

    /// Whether it was given with a list of that kind.
    package func isOf(_ kind: CatalogKind) -> Bool {
        guard let split = lastName.firstRange(of: ToolName.separator) else { return kind == .tool }
        return CatalogKind(catalogName: lastName[split.upperBound...]) == kind
    }

    /// The text that is sent as `nextCursor`: Base64 in its URL-safe form.
    package var text: String {
        let name = Array(lastName.utf8)
        let sum = checksum(name[...])
        var bytes: [UInt8] = [Self.format]
        for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: sum >> (8 * UInt32(index)))) }
        bytes += name
        var out = ByteBuffer()
        Base64.appendURL(bytes.span, to: &out)
        return out.text
    }
}

/// FNV-1a, 32 bits: detects accidental changes, not an attacker's, who would gain nothing.
/// Source: http://www.isthe.com/chongo/tech/comp/fnv
func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var sum: UInt32 = 0x811C_9DC5
    for byte in bytes { sum = (sum ^ UInt32(byte)) &* 0x0100_0193 }
    return sum
}
