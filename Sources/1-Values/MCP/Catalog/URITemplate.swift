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
    /// Of each byte of each piece: how many bytes at the piece's beginning stand before and at it once more.
    private let borders: [[Int]]

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
        borders = pieces.map { Self.borders(of: $0) }
    }

    /// How many bytes stand for themselves.
    package var literalCount: Int { pieces.reduce(0) { $0 + $1.count } }

    /// Whether the URI can be one of the template's. Linear in the template and the URI.
    package func matches(_ uri: [UInt8]) -> Bool {
        guard let first = pieces.first, let last = pieces.last else { return false }
        guard pieces.count > 1 else { return uri == first }
        guard uri.starts(with: first), uri.count >= first.count + last.count,
            uri[(uri.count - last.count)...].elementsEqual(last)
        else { return false }
        var at = first.count
        let end = uri.count - last.count
        for index in pieces.indices.dropFirst().dropLast() {
            guard let found = endOfPiece(index, in: uri, at..<end) else { return false }
            at = found
        }
        return true
    }

    /// Where the first occurrence of a piece ends. Source: Knuth, Morris, Pratt, "Fast Pattern Matching in Strings"
    private func endOfPiece(_ index: Int, in text: [UInt8], _ range: Range<Int>) -> Int? {
        let (piece, borders) = (pieces[index], borders[index])
        guard !piece.isEmpty else { return range.lowerBound }
        var matched = 0
        for at in range {
            while matched > 0, piece[matched] != text[at] { matched = borders[matched - 1] }
            if piece[matched] == text[at] { matched += 1 }
            if matched == piece.count { return at + 1 }
        }
        return nil
    }

    private static func borders(of piece: [UInt8]) -> [Int] {
        var borders = [Int](repeating: 0, count: piece.count)
        var matched = 0
        for at in piece.indices.dropFirst() {
            while matched > 0, piece[matched] != piece[at] { matched = borders[matched - 1] }
            if piece[matched] == piece[at] { matched += 1 }
            borders[at] = matched
        }
        return borders
    }
}
