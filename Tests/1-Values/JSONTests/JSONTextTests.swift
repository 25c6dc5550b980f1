import Bytes
import JSON
import Testing

struct JSONTextTests {
    @Test(arguments: [
        (#""""#, ""), (#""plain""#, "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041b""#, "Ab"),
        (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\ude00""#, "😀"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        (#""\ud800""#, "\u{FFFD}"), (#""\ud800x""#, "\u{FFFD}x"), (#""\ud800\n""#, "\u{FFFD}\n"),
        (#""\udc00\ud800""#, "\u{FFFD}\u{FFFD}"), (#""\ud800\u0041""#, "\u{FFFD}A"),
        (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"), (#""a\u0000b""#, "a\0b"), ("\"é😀\"", "é😀"),
    ])
    func `a string's escapes are decoded, and lone surrogates replaced`(_ raw: String, _ text: String) throws
    {
        let bytes = Array(raw.utf8)
        #expect(
            JSON.string(bytes.span, at: try JSON.validate(bytes.span)).map { Array($0.utf8) }
                == Array(text.utf8)
        )
        let name = JSONName(bytes.span, at: 0..<bytes.count)
        let longer = text + "x"
        #expect(name?.equals(utf8: text.utf8.span, in: bytes.span) == true)
        #expect(name?.equals(utf8: longer.utf8.span, in: bytes.span) == false)
    }

    @Test(arguments: ["1", "null", "{}", "[\"a\"]"])
    func `a value of another type isn't read as a string`(_ raw: String) {
        #expect(JSON.string(raw.utf8.span, at: 0..<raw.utf8.count) == nil)
    }

    @Test(arguments: [
        ("", #""""#), ("plain é😀", "\"plain é😀\""), ("\"\\/", #""\"\\/""#),
        ("\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F}\u{7F}", #""\u0000\u0001\b\t\n\u000b\f\r\u001f"# + "\u{7F}\""),
        ("\u{2028}", "\"\u{2028}\""),
    ])
    func `text is written with the escapes that JSON requires`(_ text: String, _ raw: String) {
        var out = ByteBuffer()
        JSON.appendString(text, to: &out)
        #expect(out.text == raw)
    }

    @Test
    func `every character survives writing and reading`() throws {
        let scalars = [
            0...0x2FF, 0x2000...0x20FF, 0xD7F0...0xD7FF, 0xE000...0xE010, 0xFFF0...0x1000F,
            0x10FFF0...0x10FFFF,
        ]
        for range in scalars {
            let text = String(String.UnicodeScalarView(range.compactMap { Unicode.Scalar(UInt32($0)) }))
            var out = ByteBuffer()
            JSON.appendString(text, to: &out)
            let value = try JSON.validate(out.bytes.span)
            #expect(JSON.string(out.bytes.span, at: value) == text)
        }
    }

    @Test
    func `commas are written between members and between elements`() {
        var out = ByteBuffer("{")
        JSON.appendKey("a", to: &out)
        out.append("[")
        for number in 1...3 {
            JSON.appendSeparator(to: &out)
            out.append(decimal: number)
        }
        out.append("]")
        JSON.appendKey("b", to: &out)
        JSON.appendString("{", to: &out)
        JSON.appendKey("c", to: &out)
        out.append("{}}")
        #expect(out.text == #"{"a":[1,2,3],"b":"{","c":{}}"#)
    }
}
