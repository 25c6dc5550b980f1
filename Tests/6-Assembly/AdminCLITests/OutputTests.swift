@testable import AdminCLI
import Control
import JSON
import REST
import Testing

struct OutputTests {
    @Test(arguments: [
        ("mgw_12345678_secret", true), ("see mgwa_abcdefgh_x for more", true), ("mgw_12345678", false),
        ("mgw_1234567_secret", false), ("mgw_ABCDEFGH_secret", false), ("mgw___tool_name_of_mine", false),
        ("", false), ("mgw_", false), ("mgw_mgw_12345678_s", true),
    ])
    func `whole keys and tokens are distinguished from other words`(_ text: String, _ isOne: Bool) {
        #expect(holdsSecret(text) == isOne)
    }

    @Test func `wide characters take two columns`() {
        #expect(displayWidth("東京") == 4)
        #expect(cut("東京タワー", to: 5) == "東京…")
    }

    @Test func `characters that would steer a terminal are shown as code points`() {
        var table = Table("X")
        table.add("a\u{1B}]0;owned\u{07}b\u{202E}c\nd")
        let text = table.text(width: nil)
        #expect(text == "X\na<U+001B>]0;owned<U+0007>b<U+202E>c<U+000A>d\n")
        #expect(safeLines("a\tb\n\u{9B}1m") == "a\tb\n<U+009B>1m")
    }

    @Test func `JSON keeps every value and hides nothing`() throws {
        let value: JSONValue = ["a\u{202E}": "x\u{1B}\u{9B}\u{E0041}\u{200B}é東"]
        let text = jsonText(value)
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        #expect(text.contains("\\u202e") && text.contains("\\udb40\\udc41") && text.contains("é東"))
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test func `times are UTC`() {
        #expect(timeText(1_795_243_607_000) == "2026-11-21 06:46:47Z")
        #expect(timeText(nil) == nil)
        #expect(ageText(0, nowMs: 7_199_000) == "119m ago")
        #expect(ageText(10, nowMs: 0) == "0s ago")
    }
}
