import Text

/// The last lines that a function wrote, for an operator's message: on one line, bounded, invisible characters shown.
package enum LogTail {
    package static let linesMax = 5
    /// The words before the lines in an error's text.
    package static let introduction = "its last lines: "
    package static let lineLengthMax = 200

    /// - Parameter log: the end of an invocation's log, as Lambda gives it. The platform's own lines are left out,
    ///   because the error says the same.
    /// - Returns: nil when the function wrote nothing.
    package static func text(_ log: String) -> String? {
        let lines = log.split(whereSeparator: { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }).map { text in
            let line = String(text)
            return HiddenCharacters.shown(line.replacing("\u{A0}", with: " ").replacing("\t", with: " "))
        }
        let own = lines.filter { !isPlatforms($0) && !$0.allSatisfy { $0 == " " } }.suffix(linesMax)
        let shown = own.map { line in
            line.count > lineLengthMax ? "\(line.prefix(lineLengthMax))…" : line
        }
        return shown.isEmpty ? nil : shown.joined(separator: " | ")
    }

    /// The text of an error without the lines, for readers who may not see what functions write.
    package static func without(_ text: String) -> String {
        guard let lines = text.firstRange(of: introduction) else { return text }
        return String(text[..<lines.lowerBound]) + "its last lines are for operators"
    }

    /// Source: recorded logs of AWS
    private static func isPlatforms(_ line: String) -> Bool {
        let beginnings = [
            "START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "RequestId: ", "Runtime.",
        ]
        return beginnings.contains { line.hasPrefix($0) } || line.contains(" Task timed out after ")
    }
}
