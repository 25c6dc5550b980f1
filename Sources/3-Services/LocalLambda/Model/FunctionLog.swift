/// The last lines of a log, bounded in lines and bytes, and numbered so that a reader can continue where it stopped.
package struct FunctionLog: Sendable {
    package static let linesMax = 1000
    package static let bytesMax = 256 * 1024
    /// The most bytes of one line; the rest of a longer line is dropped.
    package static let lineBytesMax = 4096

    /// One line and its number, counted from 1.
    package struct Line: Sendable, Equatable {
        package let number: Int
        package let line: FunctionLogLine
    }

    /// The lines that a reader gets at once.
    package struct Page: Sendable, Equatable {
        package let lines: [Line]
        /// The number of the log's last line, for the reader's next request.
        package let last: Int
        /// The number of lines between the reader's last line and this page, which were dropped or not requested.
        package let skipped: Int
    }

    private var lines: [Line] = []
    private var byteCount = 0
    private var last = 0

    package init() {}

    package mutating func add(_ line: FunctionLogLine) {
        last += 1
        let text = cut(line.text, bytesMax: Self.lineBytesMax)
        lines.append(Line(number: last, line: line.with(text: text)))
        byteCount += text.utf8.count
        var surplus = max(0, lines.count - Self.linesMax)
        var bytes = lines.prefix(surplus).reduce(0) { $0 + $1.line.text.utf8.count }
        while byteCount - bytes > Self.bytesMax {
            bytes += lines[surplus].line.text.utf8.count
            surplus += 1
        }
        lines.removeFirst(surplus)
        byteCount -= bytes
    }

    /// The last `countMax` lines after the line with that number. A number beyond the last line comes from another
    /// server's log, so all lines count as new.
    package func page(after number: Int, countMax: Int) -> Page {
        let known = number <= last ? max(0, number) : 0
        let page = Array(lines.filter { $0.number > known }.suffix(max(0, countMax)))
        return Page(lines: page, last: last, skipped: last - known - page.count)
    }
}

extension FunctionLogLine {
    fileprivate func with(text: String) -> FunctionLogLine {
        FunctionLogLine(
            function: function,
            requestID: requestID,
            text: text,
            stream: stream,
            atMs: atMs,
            isPlatforms: isPlatforms
        )
    }
}

/// The first `bytesMax` bytes of a text, with an ellipsis in place of the rest.
private func cut(_ text: String, bytesMax: Int) -> String {
    guard text.utf8.count > bytesMax else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: bytesMax)
    while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
        end = text.utf8.index(before: end)
    }
    return String(text.unicodeScalars[..<end]) + "…"
}
