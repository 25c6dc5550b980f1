/// The last lines of one function: bounded in lines and bytes, numbered, so that a reader can go on where it was.
package struct FunctionLog: Sendable {
    package static let linesMax = 1000
    package static let bytesMax = 256 * 1024
    /// Of one line; the rest of a longer one isn't kept.
    package static let lineBytesMax = 4096

    /// One line, and its number from 1.
    package struct Line: Sendable, Equatable {
        package let number: Int
        package let line: FunctionLogLine
    }

    /// What a reader gets.
    package struct Page: Sendable, Equatable {
        package let lines: [Line]
        /// To ask for what comes after.
        package let last: Int
        /// Lines between what the reader knew and what it gets, which aren't kept or weren't asked for.
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

    /// The last `countMax` lines after the one of that number. A number that isn't there yet is another server's: then
    /// all are new.
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

/// The beginning of a text, at most so many bytes, with an ellipsis in place of the rest.
private func cut(_ text: String, bytesMax: Int) -> String {
    guard text.utf8.count > bytesMax else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: bytesMax)
    while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
        end = text.utf8.index(before: end)
    }
    return String(text.unicodeScalars[..<end]) + "…"
}
