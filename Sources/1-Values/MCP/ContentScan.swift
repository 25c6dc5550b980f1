import Bytes
package import JSON

/// The findings of one walk over an array of content blocks, which also validates it. Never allocates.
package struct ContentScan {
    /// The whole raw array.
    package let range: Range<Int>
    package let isEmpty: Bool
    /// Whether each block is text, image or audio with its required members and no others: nothing has to be repaired,
    /// and every revision knows it.
    package let isOrdinary: Bool

    /// Walks the array that begins at `start`.
    /// `end`: where to stop reading. `depthMax`: how deep arrays and objects may stand inside each other in a block, which
    /// is one itself.
    /// - Throws: the first fault in the JSON.
    package init(
        _ bytes: Span<UInt8>,
        at start: Int,
        end: Int,
        depthMax: Int = JSON.depthMax - 2
    ) throws(JSONError) {
        var isOrdinary = true
        var at = JSON.skipSpace(bytes, from: start + 1, to: end)
        guard at < end else { throw JSONError(offset: at, reason: .unexpectedEnd) }
        if bytes[at] == UInt8(ascii: "]") {
            range = start..<at + 1
            isEmpty = true
            self.isOrdinary = true
            return
        }
        while true {
            if at < end, bytes[at] == UInt8(ascii: "{") {
                if try !Self.walkBlock(bytes, &at, end, depthMax) { isOrdinary = false }
            } else {
                isOrdinary = false
                try JSON.skipValue(bytes, at: &at, end: end, depthMax: depthMax)
            }
            at = JSON.skipSpace(bytes, from: at, to: end)
            guard at < end else { throw JSONError(offset: at, reason: .unexpectedEnd) }
            if bytes[at] == UInt8(ascii: "]") { break }
            guard bytes[at] == UInt8(ascii: ",") else {
                throw JSONError(offset: at, reason: .expectedCommaOrEnd)
            }
            at = JSON.skipSpace(bytes, from: at + 1, to: end)
        }
        range = start..<at + 1
        isEmpty = false
        self.isOrdinary = isOrdinary
    }

    /// Moves past the block at `at`; returns whether it is ordinary.
    private static func walkBlock(
        _ bytes: Span<UInt8>,
        _ at: inout Int,
        _ end: Int,
        _ depthMax: Int
    ) throws(JSONError) -> Bool {
        var walk = try JSONObjectWalk(bytes, at: at, end: end)
        var found = Members()
        while let name = try walk.next(bytes) {
            let value = try walk.skip(bytes, depthMax: depthMax - 1)
            found.note(name, value, bytes)
        }
        at = walk.position
        return found.isOrdinary
    }

    /// The members of one block.
    private struct Members {
        private enum Kind { case unknown, text, media }

        private var kind = Kind.unknown
        private var count = 0
        private var hasText = false
        private var hasData = false
        private var hasMIMEType = false

        mutating func note(_ name: JSONName, _ value: Range<Int>, _ bytes: Span<UInt8>) {
            count += 1
            if name.equals("type", in: bytes) {
                if bytes.equals(value, #""text""#) {
                    kind = .text
                } else if bytes.equals(value, #""image""#) || bytes.equals(value, #""audio""#) {
                    kind = .media
                }
            } else if name.equals("text", in: bytes) {
                hasText = JSON.kind(bytes, at: value) == .string
            } else if name.equals("data", in: bytes) {
                // A value with escapes, as in `\/`, takes the slow path.
                hasData =
                    JSON.kind(bytes, at: value) == .string
                    && ForgivingBase64.isValid(bytes, value.lowerBound + 1..<value.upperBound - 1)
            } else if name.equals("mimeType", in: bytes) {
                hasMIMEType = JSON.kind(bytes, at: value) == .string
            }
        }

        /// A member that appears twice makes the count too large.
        var isOrdinary: Bool {
            switch kind {
            case .unknown: false
            case .text: hasText && count == 2
            case .media: hasData && hasMIMEType && count == 3
            }
        }
    }
}
