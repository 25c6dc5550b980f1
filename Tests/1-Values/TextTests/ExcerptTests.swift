import Bytes
import Testing
import Text

struct ExcerptTests {
    @Test(arguments: [
        ("", ""), ("{\"a\":1}", "{\"a\":1}"), ("two\nlines\tand", "two lines and"),
        ("a\u{202E}b", "a<U+202E>b"),
        ("a\u{3164}b\u{0}", "a<U+3164>b<U+0000>"), ("\"key\":\"AKIAIOSFODNN7EXAMPLE\"", "\"key\":\"[…]\""),
        ("fifteen_letters sixteen_letters_", "fifteen_letters […]"),
        (String(repeating: "ab ", count: 60), String(repeating: "ab ", count: 40) + "…"),
    ])
    func `an excerpt is short, on one line and without tokens`(_ text: String, _ excerpt: String) {
        let bytes = Array("..\(text)..".utf8)
        #expect(Excerpt.of(bytes.span, 2..<bytes.count - 2) == excerpt)
    }
}
