@testable import AdminCLI
import Foundation
import TestSupport
import Testing

struct ManualTests {
    @Test func `the manual page has the whole help of each command`() throws {
        let page = ManualPage(day: "2026-11-21").text
        for usage in AdminCLI.commands.map({ $0.usage }) {
            #expect(page.contains(".SS \"\(Roff.escaped(usage.name))\"\n"))
            for option in usage.options { #expect(page.contains("\\fB\(Roff.escaped(option.form))\\fR\n")) }
        }
        // The page is pure ASCII, so that every man program shows it.
        #expect(page.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func `text that looks like a request or an escape of roff is shown unchanged`() {
        #expect(Roff.escaped("a\\b-c'd…é") == "a\\eb\\-c\\(aqd...\\[u00E9]")
        #expect(Roff.guarded(".so /etc/passwd") == "\\&.so /etc/passwd")
        #expect(Roff.line("see `target add` and `x") == "see \\fBtarget add\\fR and \\(gax")
    }

    @Test func `mandoc finds no fault in the page, and groff shows it`() async throws {
        try await withCommandLine(environment: ["SOURCE_DATE_EPOCH": "1795243607"]) { cli in
            let page = await cli.run("manual")
            #expect(page.status == 0 && page.out.hasPrefix(".TH \"MCP\\-GATEWAY\" \"1\" \"2026-11-21\""))
            let file = "\(cli.folder)/mcp-gateway.1"
            try Data(page.out.utf8).write(to: URL(filePath: file))
            let lint = try run("/usr/bin/mandoc", ["-T", "lint", "-W", "warning", file], package: "mandoc")
            #expect(lint.status == 0 && lint.output.isEmpty, "\(lint.output)")
            let shown = try run(
                "/usr/bin/groff",
                ["-ww", "-man", "-T", "ascii", "-P", "-cbou", file],
                package: "groff-base"
            )
            #expect(
                shown.status == 0 && shown.output.contains("mcp-gateway target add <name> [--function FN]")
            )
            #expect(shown.output.contains("MCP-GATEWAY(1)") && !shown.output.contains("warning:"))
        }
    }

    private func run(
        _ path: String,
        _ arguments: [String],
        package: String
    ) throws -> (status: Int32, output: String) {
        try #require(
            FileManager.default.isExecutableFile(atPath: path),
            "no \(path): apt-get install \(package)"
        )
        let (child, output) = (Process(), Pipe())
        child.executableURL = URL(filePath: path)
        child.arguments = arguments
        child.standardInput = FileHandle.nullDevice
        child.standardOutput = output
        child.standardError = output
        try child.run()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        child.waitUntilExit()
        return (child.terminationStatus, String(decoding: answer, as: UTF8.self))
    }
}
