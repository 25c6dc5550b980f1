import LocalLambda
import Testing

/// The last lines of a log, for readers that come back.
struct FunctionLogTests {
    private func line(_ text: String) -> FunctionLogLine { FunctionLogLine(function: "f", text: text) }

    private func texts(_ page: FunctionLog.Page) -> [String] { page.lines.map { $0.line.text } }

    @Test func `a reader continues where it stopped, and gets the number of skipped lines`() {
        var log = FunctionLog()
        for number in 1...5 { log.add(line("\(number)")) }
        let first = log.page(after: 0, countMax: 2)
        #expect(texts(first) == ["4", "5"] && first.last == 5 && first.skipped == 3)
        #expect(log.page(after: 5, countMax: 2).lines.isEmpty)
        log.add(line("6"))
        #expect(texts(log.page(after: first.last, countMax: 100)) == ["6"])
        // A number from another server's log, which had more lines.
        #expect(texts(log.page(after: 99, countMax: 100)).count == 6)
        #expect(log.page(after: -3, countMax: -1).lines.isEmpty)
    }

    @Test func `the number of lines, their bytes and each line are bounded, and the newest lines stay`() {
        var log = FunctionLog()
        for number in 1...3000 { log.add(line("\(number)")) }
        var page = log.page(after: 0, countMax: .max)
        #expect(page.lines.count == FunctionLog.linesMax && page.lines.last?.line.text == "3000")
        #expect(page.skipped == 2000 && page.last == 3000)
        for _ in 0..<200 { log.add(line(String(repeating: "é", count: 4000))) }
        page = log.page(after: 0, countMax: .max)
        #expect(page.lines.reduce(0) { $0 + $1.line.text.utf8.count } <= FunctionLog.bytesMax)
        #expect(page.lines.last?.line.text.hasSuffix("é…") == true)
        #expect(page.lines.allSatisfy { $0.line.text.utf8.count <= FunctionLog.lineBytesMax + 3 })
    }
}
