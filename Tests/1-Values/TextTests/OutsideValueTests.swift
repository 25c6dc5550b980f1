import Testing
import Text

struct OutsideValueTests {
    @Test(arguments: [
        ("plain", "plain"), ("", ""), (" ", ""), ("\r\n", ""), ("key\n", "key"), ("key\r", "key"),
        ("key\r\n", "key"), ("key ", "key"), ("key\t", "key"), ("\u{FEFF}key\n", "key"),
        (" a b ", "a b"), ("\u{A0}key\u{2028}", "key"), ("a\nb", "a\nb"), ("\u{0}key", "\u{0}key"),
    ])
    func `white space and a byte-order mark are removed around a value, but not inside it`(
        _ text: String,
        _ value: String
    ) {
        #expect(OutsideValue.trimmed(text) == value)
    }

    @Test(arguments: [
        ("plain", false), ("a b", false), ("", false), ("é€😀", false), ("a\nb", true), ("a\r\nb", true),
        ("a\tb", true), ("a\u{0}b", true), ("a\u{1B}[31m", true), ("\u{7F}", true), ("\u{85}", true),
    ])
    func `control characters are found at any place`(_ text: String, _ isHeld: Bool) {
        #expect(OutsideValue.holdsControl(text) == isHeld)
    }
}
