import Testing
import Text

struct QuotedTests {
    @Test(arguments: [
        ("time", "\"time\""), ("", "\"\""), ("a\u{1B}[2J\n", "\"a<U+001B>[2J<U+000A>\""),
        ("a\u{202E}b", "\"a<U+202E>b\""), ("東京", "\"東京\""), ("12345678", "\"12345678\""),
        ("123456789", "\"12345678…\""),
    ])
    func `a text is quoted, with hidden characters shown, and cut`(_ text: String, _ quote: String) {
        #expect(quoted(text, scalarsMax: 8) == quote)
    }

    @Test func `eighty code points are kept, however many code points a character has`() {
        let text = "e" + String(repeating: "\u{301}", count: 200)
        #expect(quoted(text).unicodeScalars.count == 83)
    }
}
