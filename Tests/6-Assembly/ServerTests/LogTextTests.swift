import Foundation
import FoundationEssentials
import TestSupport
import Testing

/// Checks every place that logs: lines of one kind have the same message, and what differs is in values.
struct LogTextTests {
    /// Messages that come whole from elsewhere, by the file that logs them.
    private static let whole: Set<String> = [
        "FunctionTerminal.swift: line.text", "FunctionTerminal.swift: text", "ServeCommand.swift: note",
        "UpstreamService.swift: notice.message", "TargetService.swift: text", "TargetService.swift: effect",
        "GatewayContext.swift: warning", "GatewayServer+Reload.swift: report.text", "StartHints.swift: line",
        "RecordFileService.swift: event.message",
    ]

    @Test func `no message is built from values, and an error's text is called error`() throws {
        let files = FileManager.default
        var calls = 0
        for folder in ["4-Planes/Gateway", "6-Assembly/Server"] {
            let root = Repository.path("Sources/\(folder)")
            for name in try files.subpathsOfDirectory(atPath: root) where name.hasSuffix(".swift") {
                let text = try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8)
                let file = String(name.split(separator: "/").last ?? "")
                for match in text.matches(of: #/log[\w().?]*\.write\(/#) {
                    let words = arguments(text[match.range.upperBound...])
                    guard words.count >= 2 else { continue }
                    calls += 1
                    if words[1].contains("\"") {
                        #expect(!words[1].contains("\\("), "\(file): \(words[1])")
                    } else {
                        #expect(Self.whole.contains("\(file): \(words[1])"), "\(file): \(words[1])")
                    }
                    for unnamed in ["(\"fault\",", "(\"exception\",", "(\"failure\",", "(\"message\","] {
                        #expect(!words.dropFirst(2).joined().contains(unnamed), "\(file): \(words[1])")
                    }
                }
            }
        }
        #expect(calls > 40)
    }

    /// The arguments of a call, up to its closing parenthesis.
    private func arguments(_ text: Substring) -> [String] {
        var (words, word, depth, isQuoted, isEscaped) = ([String](), "", 0, false, false)
        for character in text {
            if isQuoted {
                word.append(character)
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isQuoted = false
                }
                continue
            }
            if character == "\"" { isQuoted = true }
            if "([{".contains(character) { depth += 1 }
            if ")]}".contains(character) {
                if depth == 0 { break }
                depth -= 1
            }
            if character == ",", depth == 0 {
                words.append(word)
                word = ""
            } else {
                word.append(character)
            }
        }
        return (words + [word]).map { $0.split { $0.isWhitespace }.joined(separator: " ") }
    }
}
