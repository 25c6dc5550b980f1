import JSON
import Text

/// Answers as tables of comma-separated values, for spreadsheets. Source: RFC 4180
///
/// A spreadsheet runs a text as a formula if it begins with certain signs, so such a text gets an apostrophe before it.
/// Numbers stay as they are. Characters that can't be seen are shown as code points, except line ends and tabs.
enum CSV {
    /// The head line: the members' names.
    static func head(_ members: [String]) -> String { line(members.map { .string($0) }) }

    /// A row: these members of an object, in this order.
    static func row(_ item: JSONValue, _ members: [String]) -> String {
        line(members.map { item[$0] ?? .null })
    }

    private static func line(_ values: [JSONValue]) -> String {
        values.map { cell($0) }.joined(separator: ",") + "\r\n"
    }

    private static func cell(_ value: JSONValue) -> String {
        switch value {
        case .null: ""
        case .bool(let truth): truth ? "true" : "false"
        case .number(let spelling): spelling
        case .string(let text): quotedIfNeeded(text)
        case .array(let elements) where elements.allSatisfy { $0.stringValue != nil }:
            quotedIfNeeded(elements.compactMap { $0.stringValue }.joined(separator: " "))
        case .array, .object: quotedIfNeeded(value.text)
        }
    }

    private static func quotedIfNeeded(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { formulaSigns.contains($0) } ?? false
        let shown = (isFormula ? "'" : "") + HiddenCharacters.shown(text, keepsLines: true)
        let needsQuotes = isFormula || shown.utf8.contains { [UInt8]("\",\r\n".utf8).contains($0) }
        return needsQuotes ? "\"\(shown.replacing("\"", with: "\"\""))\"" : shown
    }

    /// With their full-width forms, which some spreadsheets take for the same sign.
    /// Source: OWASP, "CSV Injection"
    private static let formulaSigns: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
}
