@testable import AdminCLI
import REST
import Testing

struct StyleTests {
    struct Row: Sendable {
        var isTerminal = true
        var environment: [String: String] = [:]
        let isColoured: Bool
    }

    @Test(arguments: [
        Row(isColoured: true), Row(environment: ["TERM": "xterm-256color"], isColoured: true),
        Row(isTerminal: false, isColoured: false), Row(environment: ["NO_COLOR": "1"], isColoured: false),
        Row(environment: ["NO_COLOR": ""], isColoured: true),
        Row(environment: ["TERM": "dumb"], isColoured: false),
    ])
    func `colours are for terminals, unless the environment wants none`(_ row: Row) {
        #expect(
            Style(isTerminal: row.isTerminal, environment: row.environment).isColoured == row.isColoured
        )
    }

    @Test func `a tone has a colour on a terminal, and escape sequences in a text are made visible`() {
        let style = Style(isColoured: true)
        #expect(style.text("failing", .bad) == "\u{1B}[31mfailing\u{1B}[0m")
        #expect(style.text("plain", .plain) == "plain" && style.text("", .bad).isEmpty)
        #expect(style.text("\u{1B}[32mok", .bad) == "\u{1B}[31m<U+001B>[32mok\u{1B}[0m")
        #expect(style.text("ok", .good, width: 4) == "\u{1B}[32mok\u{1B}[0m  ")
        #expect(style.text("東京", .plain, width: 6) == "東京  ")
        #expect(Style.plain.text("a\u{1B}", .bad) == "a<U+001B>")
    }

    @Test func `a diff is coloured line by line`() {
        let diff = "  {\n-   \"a\": 1\n+   \"a\": \"\u{1B}[0m\"\n  }"
        #expect(Style.plain.diff(diff) == "  {\n-   \"a\": 1\n+   \"a\": \"<U+001B>[0m\"\n  }")
        #expect(
            Style(isColoured: true).diff(diff)
                == "  {\n\u{1B}[31m-   \"a\": 1\u{1B}[0m\n\u{1B}[32m+   \"a\": \"<U+001B>[0m\"\u{1B}[0m\n  }"
        )
    }

    @Test func `colours don't change the widths of a table, and each ends in its cell`() {
        var table = Table("NAME", "STATE", "NOTE")
        table.add(cells: [.text("a"), .state(.bad, "failing"), .text("\u{1B}[7m")], nowMs: 0)
        table.add(cells: [.text("bb"), .state(.good, "ok"), .nothing], nowMs: 0)
        let plain = table.text(width: 60)
        #expect(plain == "NAME  STATE    NOTE\na     failing  <U+001B>[7m\nbb    ok       –\n")
        let coloured = table.text(width: 60, style: Style(isColoured: true))
        #expect(coloured.contains("a     \u{1B}[31mfailing\u{1B}[0m  <U+001B>[7m\n"))
        #expect(coloured.replacing(#/\x1B\[[0-9]*m/#, with: "") == plain)
    }
}
