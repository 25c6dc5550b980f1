import Bytes
import JSON
import Text

/// A tool's definition, or any JSON, laid out for people to read and compare: one member on a line, members sorted,
/// long texts broken after sentences, and invisible characters made visible.
struct DefinitionLines {
    private(set) var lines: [String] = []
    /// Whether there was more than `lineCountMax` lines.
    private(set) var isCut = false

    static let lineCountMax = 4_000
    /// The length at which a text without sentences is broken, in characters.
    private static let lineLengthMax = 160

    /// Text that isn't JSON is shown as it is.
    init(_ json: [UInt8]) {
        do throws(JSONError) {
            write(try JSONValue(parsing: json.span), prefix: "", indent: 0, suffix: "")
        } catch {
            appendText(String(decoding: json, as: UTF8.self), prefix: "", indent: 0, suffix: "")
        }
    }

    private mutating func write(_ value: JSONValue, prefix: String, indent: Int, suffix: String) {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            append("\(prefix)[", indent)
            for (index, element) in elements.enumerated() {
                let comma = index + 1 < elements.count ? "," : ""
                write(element, prefix: "", indent: indent + 1, suffix: comma)
            }
            append("]\(suffix)", indent)
        case .object(let object) where !object.isEmpty:
            append("\(prefix){", indent)
            let members = object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, member) in members.enumerated() {
                let comma = index + 1 < members.count ? "," : ""
                let name = JSONValue.string(member.key).text
                write(member.value, prefix: "\(name): ", indent: indent + 1, suffix: comma)
            }
            append("}\(suffix)", indent)
        case .string(let text):
            appendText(JSONValue.string(text).text, prefix: prefix, indent: indent, suffix: suffix)
        default: append("\(prefix)\(value.text)\(suffix)", indent)
        }
    }

    /// Appends a text broken after sentences and line breaks, so that a change in one line doesn't move the others.
    private mutating func appendText(_ text: String, prefix: String, indent: Int, suffix: String) {
        var line = ""
        var lineLength = 0
        var isFirst = true
        var last: Unicode.Scalar = " "
        var beforeLast: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if isCut { return }
            let endsSentence =
                last == " " && [".", "!", "?", ":", ";"].contains(beforeLast) && lineLength > 40
            let endsLine = beforeLast == "\\" && last == "n"
            if endsSentence || endsLine || lineLength >= Self.lineLengthMax {
                append("\(isFirst ? prefix : "")\(line)", isFirst ? indent : indent + 2)
                line = ""
                lineLength = 0
                isFirst = false
            }
            line.unicodeScalars.append(scalar)
            lineLength += 1
            (beforeLast, last) = (last, scalar)
        }
        append("\(isFirst ? prefix : "")\(line)\(suffix)", isFirst ? indent : indent + 2)
    }

    private mutating func append(_ line: String, _ indent: Int) {
        guard lines.count < Self.lineCountMax else {
            isCut = true
            return
        }
        lines.append(String(repeating: "  ", count: min(indent, 40)) + HiddenCharacters.shown(line))
    }
}
