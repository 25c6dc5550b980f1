package import Bytes

extension JSON {
    /// The text of a string value, its escapes decoded; nil when the value is no string.
    ///
    /// `value`: the whole raw value of a validated document, with its quotes. A lone surrogate becomes
    /// U+FFFD.
    package static func string(_ bytes: Span<UInt8>, at value: Range<Int>) -> String? {
        JSONName(bytes, at: value)?.text(in: bytes)
    }

    /// Appends the UTF-8 that the inside of a string means.
    /// `inside`: of a validated string, without the quotes.
    package static func appendUnescaped(_ bytes: Span<UInt8>, _ inside: Range<Int>, to out: inout ByteBuffer)
    {
        var characters = Unescaper(inside)
        while let byte = characters.next(bytes) { out.append(byte) }
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
        for index in text.indices {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            out.append(text.extracting(start..<index))
            start = index + 1
            appendEscape(of: byte, to: &out)
        }
        out.append(text.extracting(start..<text.count))
        out.append(UInt8(ascii: "\""))
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
    /// Whether one does is told by the last byte written: only `{` can precede the first member.
    /// `name`: plain ASCII that needs no escape.
    package static func appendKey(_ name: StaticString, to out: inout ByteBuffer) {
        appendSeparator(to: &out)
        out.append(UInt8(ascii: "\""))
        out.append(name)
        out.append("\":")
    }

    /// Appends a comma unless an opening bracket was the last byte written. Call it before each element.
    package static func appendSeparator(to out: inout ByteBuffer) {
        guard let last = out.bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") else { return }
        out.append(UInt8(ascii: ","))
    }
}
