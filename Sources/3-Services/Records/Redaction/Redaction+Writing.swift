import Bytes
import JSON
import Text

// Writing the output, with room held back so that everything can be closed with a mark.
extension Redaction {
    /// Bytes that may be written now, so that all can still be closed with a mark: `,"…":"…"` and the brackets.
    var room: Int { bytesMax - out.count - open.count - 12 }

    mutating func begin(_ opening: UInt8, closing: UInt8) throws(End) {
        guard room >= 2, open.count < depthMax else { throw End() }
        out.append(opening)
        open.append(closing)
    }

    mutating func end() {
        if let bracket = open.popLast() { out.append(bracket) }
    }

    mutating func separate() throws(End) {
        guard room >= 1 else { throw End() }
        JSON.appendSeparator(to: &out)
    }

    mutating func put(_ literal: StaticString) throws(End) {
        guard literal.utf8CodeUnitCount <= room else { throw End() }
        out.append(literal)
    }

    mutating func put(_ bytes: Span<UInt8>) throws(End) {
        guard bytes.count <= room else { throw End() }
        out.append(bytes)
    }

    /// The names of an object's members that were written.
    struct Names {
        private var taken: Set<String> = []
        /// The number that the last repeated name got.
        private var number = 1

        /// The name, or another one that isn't there yet.
        mutating func unique(_ name: String) -> String {
            if taken.insert(name).inserted { return name }
            while true {
                number += 1
                let other = "\(name)#\(number)"
                if taken.insert(other).inserted { return other }
            }
        }
    }

    /// Writes a member's name with its colon. A name that is there already gets a number, as strict readers accept no
    /// name twice.
    mutating func putName(_ name: String, _ names: inout Names) throws(End) {
        var shown = name
        if redactor.scan.finds(in: name.utf8.span) {
            shown = "[redacted]"
            isRedacted = true
        }
        shown = names.unique(shown)
        var quoted = ByteBuffer(capacity: shown.utf8.count + 4)
        JSON.appendString(shown, to: &quoted)
        // With the comma before, the colon behind, and a mark as its value.
        guard quoted.count + 7 <= room else { throw End() }
        JSON.appendSeparator(to: &out)
        out.append(quoted.bytes.span)
        out.append(UInt8(ascii: ":"))
    }

    /// Writes a text, or as much of it as there is room for with a mark behind it.
    mutating func putString(_ text: ByteBuffer, isOpen: Bool) throws(End) {
        var quoted = ByteBuffer(capacity: text.count + 8)
        JSON.appendString(utf8: text.bytes.span, to: &quoted)
        if !isOpen, quoted.count <= room {
            out.append(quoted.bytes.span)
            return
        }
        let room = room - 5
        guard room >= 0 else { throw End() }
        var (end, length) = (0, 0)
        while end < text.count {
            let character = Self.characterLength(text.bytes[end])
            let written = Self.writtenLength(text.bytes[end], character)
            guard length + written <= room else { break }
            end += character
            length += written
        }
        var kept = ByteBuffer(capacity: end + 3)
        kept.append(text.bytes.span.extracting(0..<min(end, text.count)))
        kept.append("…")
        JSON.appendString(utf8: kept.bytes.span, to: &out)
        if end < text.count { throw End() }
    }

    static func characterLength(_ first: UInt8) -> Int {
        first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    }

    /// The length of a character in a JSON string. Source: `JSON.appendString`
    static func writtenLength(_ first: UInt8, _ length: Int) -> Int {
        switch first {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), 8, 9, 10, 12, 13: 2
        case 0..<0x20: 6
        default: length
        }
    }
}
