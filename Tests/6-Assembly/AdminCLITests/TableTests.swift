@testable import AdminCLI
import REST
import Testing

struct TableTests {
    private static let longTool = "aws-documentation-target___search_documentation_by_service_name0"

    private var tools: Table {
        var table = Table("NAME", "STATE", Heading("DESCRIPTION").yields(.first))
        let texts = [
            "Searches the documentation. Use it often.",
            "Converts a time, e.g. Berlin's, to another.\n\nArgs: x",
        ]
        for (name, text) in zip(
            ["aws-documentation-target___search_documentation", "time___convert_time"],
            texts
        ) {
            table.add(cells: [.text(name), .state(.good, "active"), .prose(text)], nowMs: 0)
        }
        return table
    }

    private var targets: Table {
        var table = Table(
            "NAME",
            "STATE",
            "TOOLS",
            "REFRESHED",
            Heading("CONTRACT").yields(.third),
            Heading("APPROVAL").yields(.third),
            Heading("FUNCTION").yields(.second),
            Heading("LAST ERROR").yields(.first)
        )
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:aws-documentation"
        table.add("aws-documentation-target", "ok", "5", "12m ago", "mcp-wrapper", "required", arn, nil)
        table.add(
            "time",
            "failing",
            "2",
            "119m ago",
            "jsonrpc",
            "open",
            "mcp-server-time",
            "no function of that name"
        )
        return table
    }

    @Test func `in a pipe a table has all columns, and the first sentence of descriptions`() {
        #expect(
            tools.text(width: nil) == """
                NAME                                             STATE   DESCRIPTION
                aws-documentation-target___search_documentation  active  Searches the documentation.
                time___convert_time                              active  Converts a time, e.g. Berlin's, to another.

                """
        )
        #expect(tools.text(width: nil, isWide: true).contains("to another. Args: x\n"))
        #expect(targets.text(width: nil).contains("no function of that name"))
    }

    @Test func `descriptions are cut first, and names never`() {
        #expect(
            tools.text(width: 80) == """
                NAME                                             STATE   DESCRIPTION
                aws-documentation-target___search_documentation  active  Searches the documenta…
                time___convert_time                              active  Converts a time, e.g. …

                """
        )
        #expect(
            tools.text(width: 60) == """
                NAME                                             STATE
                aws-documentation-target___search_documentation  active
                time___convert_time                              active

                """
        )
    }

    @Test func `a table of targets drops the error first, then the function, then the settings`() {
        #expect(
            targets.text(width: 120) == """
                NAME                      STATE    TOOLS  REFRESHED  CONTRACT     APPROVAL  FUNCTION                    LAST ERROR
                aws-documentation-target  ok       5      12m ago    mcp-wrapper  required  arn:aws:lambda:eu-central…  –
                time                      failing  2      119m ago   jsonrpc      open      mcp-server-time             no function of …

                """
        )
        #expect(
            targets.text(width: 80) == """
                NAME                      STATE    TOOLS  REFRESHED  CONTRACT     APPROVAL
                aws-documentation-target  ok       5      12m ago    mcp-wrapper  required
                time                      failing  2      119m ago   jsonrpc      open

                """
        )
        #expect(
            targets.text(width: 60) == """
                NAME                      STATE    TOOLS  REFRESHED
                aws-documentation-target  ok       5      12m ago
                time                      failing  2      119m ago

                """
        )
    }

    @Test func `a name that is wider than the terminal continues below, whole`() {
        var table = Table("NAME", "STATE", Heading("DESCRIPTION").yields(.first))
        table.add(Self.longTool, "active", "Searches.")
        table.add("time___now", "refused", "Tells.")
        #expect(
            table.text(width: 60) == """
                NAME                                                 STATE
                aws-documentation-target___search_documentation_by_  active
                service_name0
                time___now                                           refused

                """
        )
        for width in 20...200 {
            let lines = table.text(width: width).split(separator: "\n")
            #expect(lines.allSatisfy { displayWidth(String($0)) <= width })
            let first = lines.dropFirst().map { $0.split(separator: " ", maxSplits: 1)[0] }.joined()
            #expect(first.contains(Self.longTool), "\(width)")
        }
    }

    @Test func `every name that people copy is whole, not only the first`() {
        var table = Table(
            "ID",
            Heading("TENANT").whole,
            Heading("TARGET").whole,
            "STATE",
            Heading("REASON").yields(.first)
        )
        let name = String(repeating: "long-", count: 9) + "name"
        table.add("1", name, "time", "pending", "for the planner")
        table.add("2", "acme", name, "approved", nil)
        for width in [40, 60, 80] {
            let text = table.text(width: width)
            #expect(
                !text.contains("…")
                    && text.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= width }
            )
        }
        #expect(table.text(width: 130).contains(name + "  time"))
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
        ("One. Two.", "One."), ("One", "One"), ("", ""), ("  One\n  two. Three", "One two."),
        ("One\n\nTwo", "One"), ("\n\nOne\r\n\r\nTwo", "One"), ("See e.g. Berlin. More.", "See e.g. Berlin."),
        ("Version 1.2 of it. More", "Version 1.2 of it."),
        ("A mail.server here. it goes on.", "A mail.server here. it goes on."),
        ("Really? Yes!", "Really?"),
    ])
    func `the first sentence of a description is found`(_ text: String, _ first: String) {
        #expect(firstSentence(of: text) == first)
    }
}
