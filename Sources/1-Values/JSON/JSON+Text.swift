public import Bytes

extension JSON {
    /// The text of a string value, its escapes decoded; nil when the value isn't a string.
    ///
    /// `value`: the whole raw value of a validated document, with its quotes. A lone surrogate becomes
    /// U+FFFD.
    package static func string(_ bytes: Span<UInt8>, at value: Range<Int>) -> String? {
        JSONName(bytes, at: value)?.text(in: bytes)
    }

    /// How many bytes more than the escaped text `appendUnescaped` asks room for: an escape that is cut off at the end may
    /// stand for more bytes than it has.
    package static let unescapingSlack = 4

    /// Appends the inside of a string as UTF-8, its escapes decoded.
    /// `inside`: of a validated string, without the quotes.
    package static func appendUnescaped(_ bytes: Span<UInt8>, _ inside: Range<Int>, to out: inout ByteBuffer)
    {
        out.bytes.append(atMost: inside.count &+ unescapingSlack) { out in
            var at = inside.lowerBound
            while true {
                at = out.append(bytes, from: at, to: inside.upperBound, before: UInt8(ascii: "\\"))
                guard at < inside.upperBound else { return }
                if at &+ 1 < inside.upperBound, let plain = plainEscape(bytes[at &+ 1]) {
                    out.append(plain)
                    at &+= 2
                } else {
                    at = appendScalar(bytes, at..<inside.upperBound, to: &out)
                }
            }
        }
    }

    /// Appends the UTF-8 of the one escape that `range` begins with.
    /// - Returns: the position after it.
    @inline(never)
    private static func appendScalar(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        to out: inout OutputSpan<UInt8>
    ) -> Int {
        var characters = Unescaper(range)
        repeat {
            guard let byte = characters.next(bytes) else { break }
            out.append(byte)
        } while characters.isInsideCharacter
        return characters.position
    }

    /// The byte that an escape of two characters stands for; nil for `\u`.
    static func plainEscape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "u"): nil
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        default: byte
        }
    }

    static func unescaped(_ bytes: Span<UInt8>, _ inside: Range<Int>, hasEscapes: Bool) -> String {
        if !hasEscapes { return bytes.text(inside) }
        var out = ByteBuffer(capacity: inside.count)
        appendUnescaped(bytes, inside, to: &out)
        return out.text
    }

    /// Appends `text` as a JSON string, with its quotes; only what RFC 8259 demands is escaped.
    package static func appendString(_ text: String, to out: inout ByteBuffer) {
        appendString(utf8: text.utf8.span, to: &out)
    }

    /// Appends valid UTF-8 as a JSON string, with its quotes.
    package static func appendString(utf8 text: Span<UInt8>, to out: inout ByteBuffer) {
        out.append(UInt8(ascii: "\""))
        var start = 0
        while true {
            let stop = nextSpecial(text, from: start)
            if stop > start { out.append(text.extracting(start..<stop)) }
            guard stop < text.count else { break }
            appendEscape(of: text[stop], to: &out)
            start = stop &+ 1
        }
        out.append(UInt8(ascii: "\""))
    }

    /// The first byte from `start` on that a string must escape; the end when there is none.
    private static func nextSpecial(_ text: Span<UInt8>, from start: Int) -> Int {
        let low: UInt64 = 0x0101_0101_0101_0101
        var at = start
        while at &+ 8 <= text.count {
            let word = text.word(at: at)
            let quote = word ^ 0x2222_2222_2222_2222
            let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
            // Exact up to the first stop in the word, the rest isn't used.
            let stops =
                ((quote &- low) & ~quote | (backslash &- low) & ~backslash
                    | (word &- 0x2020_2020_2020_2020) & ~word) & 0x8080_8080_8080_8080
            if stops != 0 { return at &+ stops.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < text.count {
            let byte = text[at]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            at &+= 1
        }
        return at
    }

    private static func appendEscape(of byte: UInt8, to out: inout ByteBuffer) {
        switch byte {
        case UInt8(ascii: "\""): out.append(#"\""#)
        case UInt8(ascii: "\\"): out.append(#"\\"#)
        case 8: out.append(#"\b"#)
        case 9: out.append(#"\t"#)
        case 10: out.append(#"\n"#)
        case 12: out.append(#"\f"#)
        case 13: out.append(#"\r"#)
        default:
            out.append(#"\u00"#)
            let digits: StaticString = "0123456789abcdef"
            for nibble in [byte >> 4, byte & 15] {
                // A nibble is below 16, the count of the digits.
                out.append(unsafe digits.utf8Start[Int(nibble)])
            }
        }
    }

    /// Appends a member's name and its colon, after a comma when a member stands before it.
    ///
    /// The last byte written tells whether one does: only `{` can precede the first member.
    /// `name`: plain ASCII that needs no escape.
    package static func appendKey(_ name: StaticString, to out: inout ByteBuffer) {
        appendSeparator(to: &out)
        out.append(UInt8(ascii: "\""))
        out.append(name)
        out.append("\":")
    }

    /// Appends a comma unless an opening bracket was the last byte written. Call it before each element.
    @inlinable
    package static func appendSeparator(to out: inout ByteBuffer) {
        guard let last = out.bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") else { return }
        out.append(UInt8(ascii: ","))
    }
}

extension JSONName {
    /// Whether the name, once its escapes are decoded, is the literal. Inlined, so that another length costs one
    /// comparison.
    @inlinable @inline(__always)
    package func equals(_ literal: StaticString, in bytes: Span<UInt8>) -> Bool {
        if hasEscapes { return equalsDecoded(literal, in: bytes) }
        return bytes.equals(range, literal)
    }

    @usableFromInline @inline(never)
    func equalsDecoded(_ literal: StaticString, in bytes: Span<UInt8>) -> Bool {
        var characters = Unescaper(range)
        let count = literal.utf8CodeUnitCount
        // A static string's bytes live as long as the program; the index stays below its count.
        let start = unsafe literal.utf8Start
        for index in 0..<count {
            guard let byte = characters.next(bytes), unsafe byte == start[index] else { return false }
        }
        return characters.next(bytes) == nil
    }
}
