/// A resource template taken apart, to be held against URIs.
///
/// A URI can be one of a template's when the literal parts stand in it in their order, the first at its beginning and the last at
/// its end. What may stand between them is the target's to say.
/// Source: RFC 6570 §2
package struct URITemplate: Sendable {
    package let text: String
    /// What each URI of the template begins with.
    package let start: String
    /// The literal parts before, between and behind the expressions; one more than there are expressions.
    private let pieces: [[UInt8]]

    /// - Parameter text: one that `ResourceURI.fault(template:)` finds nothing wrong with.
    package init(_ text: String) {
        self.text = text
        start = String(ResourceURI.literalPrefix(of: text))
        var pieces: [[UInt8]] = [[]]
        var isInside = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "{") {
                isInside = true
            } else if byte == UInt8(ascii: "}") {
                isInside = false
                pieces.append([])
            } else if !isInside {
                pieces[pieces.count - 1].append(byte)
            }
        }
        self.pieces = pieces
    }

    /// How many bytes stand for themselves.
    package var literalCount: Int { pieces.reduce(0) { $0 + $1.count } }

    /// Whether the URI can be one of the template's. At worst (template × URI) steps, both bounded.
    package func matches(_ uri: [UInt8]) -> Bool {
        guard let first = pieces.first, let last = pieces.last else { return false }
        guard pieces.count > 1 else { return uri == first }
        guard uri.starts(with: first), uri.count >= first.count + last.count,
            uri[(uri.count - last.count)...].elementsEqual(last)
        else { return false }
        var at = first.count
        let end = uri.count - last.count
        for piece in pieces.dropFirst().dropLast() {
            guard let found = Self.position(of: piece, in: uri, at..<end) else { return false }
            at = found + piece.count
        }
        return true
    }

    private static func position(of piece: [UInt8], in text: [UInt8], _ range: Range<Int>) -> Int? {
        guard !piece.isEmpty else { return range.lowerBound }
        guard range.count >= piece.count else { return nil }
        return (range.lowerBound...range.upperBound - piece.count).first {
            text[$0..<$0 + piece.count].elementsEqual(piece)
        }
    }
}
