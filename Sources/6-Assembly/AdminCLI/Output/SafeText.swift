import Calendar
import Control
import JSON
import MCP
import Text

/// The text with each character that can't be seen, or that would steer a terminal, shown as its code point.
func safe(_ text: String) -> String { HiddenCharacters.shown(text) }

/// Makes a text of several lines safe: line ends and tabs stay.
func safeLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.split(separator: "\t", omittingEmptySubsequences: false).map { safe(String($0)) }.joined(
            separator: "\t"
        )
    }.joined(separator: "\n")
}

/// A word of the command line for an error message: quoted, made visible, at most 60 characters.
func quoted(_ text: String) -> String {
    Text::quoted(text, scalarsMax: 60)
}

/// JSON on one line; characters that can't be seen are escaped, which changes no value.
func jsonText(_ value: JSONValue) -> String {
    let text = value.text
    // Such characters occur only inside strings.
    return HiddenCharacters.replacing(in: text) { scalar in
        String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}

/// `2026-11-21 06:36:47Z`
func timeText(_ milliseconds: Int64?) -> String? {
    milliseconds.map { UTCTime(ms: $0) }.map { "\($0.day.text) \($0.clock)Z" }
}

/// `5m ago`
func ageText(_ milliseconds: Int64?, nowMs: Int64) -> String? {
    guard let milliseconds else { return nil }
    let seconds = elapsed(from: milliseconds, to: nowMs) / 1_000
    switch seconds {
    case 0..<120: return "\(seconds)s ago"
    case 120..<7_200: return "\(seconds / 60)m ago"
    case 7_200..<172_800: return "\(seconds / 3_600)h ago"
    default: return "\(seconds / 86_400)d ago"
    }
}

/// Milliseconds from one time to another, never negative; the times may come from outside and have any value.
func elapsed(from start: Int64, to end: Int64) -> Int64 {
    let (length, isOver) = end.subtractingReportingOverflow(start)
    return isOver ? (start < 0 ? .max : 0) : max(0, length)
}

/// `1 tool`, `2 tools`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
