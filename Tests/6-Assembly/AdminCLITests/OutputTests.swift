@testable import AdminCLI
import Control
import JSON
import Testing

struct OutputTests {
    @Test func `a table is never cut in a pipe, and fits a terminal`() {
        var table = Table("NAME", "WHAT")
        table.add("alpha", String(repeating: "word ", count: 40))
        table.add("b", nil)
        let pipe = table.text(width: nil).split(separator: "\n")
        #expect(pipe[1].count > 200)
        #expect(pipe[2] == "b      –")
        let terminal = table.text(width: 40).split(separator: "\n")
        #expect(terminal.allSatisfy { displayWidth(String($0)) <= 40 })
        #expect(terminal[1].hasSuffix("…"))
        #expect(terminal[1].hasPrefix("alpha  word"))
    }

    @Test func `a narrow terminal gets no empty columns, and a table of many columns still fits`() {
        var table = Table(
            "PREFIX",
            "TENANT",
            "STATE",
            "CREATED",
            "LAST USED",
            "EXPIRES",
            "NAME",
            "ALLOW",
            "DENY"
        )
        let time = "2026-11-21 06:46:47Z"
        table.add("3k9x0v2a", "team-a", "active", time, nil, time, "ci", nil, nil)
        let lines = table.text(width: 80).split(separator: "\n")
        #expect(lines[0] == "PREFIX    TENANT  STATE   CREATED               EXPIRES               NAME")
        #expect(table.text(width: nil).contains("LAST USED"))
        table.add(
            "aaaaaaaa",
            "team-b",
            "active",
            time,
            "5m ago",
            time,
            "a long name here",
            "time___*",
            "x___*"
        )
        for width in [20, 40, 60, 80] {
            let lines = table.text(width: width).split(separator: "\n")
            #expect(lines.allSatisfy { displayWidth(String($0)) <= max(width, 9 * 3 + 16) })
        }
    }

    @Test func `times stay whole on a narrow terminal, and spare columns go`() {
        var table = Table("ID", "TIME", "WHO", "ACTION", "CHANGE", spare: ["CHANGE"])
        table.add(
            "1",
            "2026-11-21 06:46:47Z",
            "portal:acme/3k9x0v2a",
            "subscription.request",
            "state=pending"
        )
        let wide = table.text(width: 90).split(separator: "\n")
        #expect(wide[1].contains("06:46:47Z") && wide[1].hasSuffix("state=pending"))
        let narrower = table.text(width: 81).split(separator: "\n")
        #expect(narrower[1].contains("06:46  portal") && narrower[1].hasSuffix("state=pending"))
        let narrow = table.text(width: 60).split(separator: "\n")
        #expect(narrow[0] == "ID  TIME              WHO                 ACTION")
        #expect(narrow[1].hasPrefix("1   2026-11-21 06:46  portal:acme/3k9x0"))
        #expect(narrow.allSatisfy { displayWidth(String($0)) <= 60 })
        #expect(table.text(width: nil).contains("06:46:47Z"))
    }

    @Test(arguments: [
        ("mgw_12345678_secret", true), ("see mgwa_abcdefgh_x for more", true), ("mgw_12345678", false),
        ("mgw_1234567_secret", false), ("mgw_ABCDEFGH_secret", false), ("mgw___tool_name_of_mine", false),
        ("", false), ("mgw_", false), ("mgw_mgw_12345678_s", true),
    ])
    func `whole keys and tokens are told from other words`(_ text: String, _ isOne: Bool) {
        #expect(holdsSecret(text) == isOne)
    }

    @Test func `wide characters take two columns`() {
        #expect(displayWidth("東京") == 4)
        #expect(cut("東京タワー", to: 5) == "東京…")
    }

    @Test func `what a terminal would obey is shown instead`() {
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
