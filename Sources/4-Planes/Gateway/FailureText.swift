import Bytes
import JSON
import Text

/// The part of a function's error text that an agent gets: bounded, and without the lines of a stack trace, which
/// don't help a model and leak internals.
///
/// Functions put traces into messages themselves, so leaving out Lambda's own `stackTrace` is not enough.
enum FailureText {
    private static let scalarsMax = 4000
    private static let typeScalarsMax = 100
    private static let dataBytesMax = 64 << 10

    /// The text of a failed call.
    ///
    /// A message that says nothing without its type gets the type in front, as in Python's `KeyError: 'name'`.
    /// - Parameter type: already made fit, by `type(_:)`.
    static func fit(_ text: String, type: String? = nil) -> String {
        let text = HiddenCharacters.removing(from: fit(lines: text))
        guard let type, !saysSomething(text) else { return text }
        return text.isEmpty ? type : "\(type): \(text)"
    }

    /// A function's name for its error: on one line, without hidden characters; nil when nothing is left.
    static func type(_ text: String) -> String? {
        let start = String(text.unicodeScalars.prefix(16 * typeScalarsMax))
        let line = HiddenCharacters.removing(from: start).unicodeScalars.drop { $0 == " " }
        let type = String(String.UnicodeScalarView(line.filter { $0.value >= 0x20 }.prefix(typeScalarsMax)))
        return type.isEmpty ? nil : type
    }

    /// A JSON-RPC error's `data`, as JSON that strict readers accept, without stack traces; nil when it is too large or
    /// can't be made so.
    static func fit(data: Span<UInt8>) -> ByteBuffer? {
        guard data.count <= dataBytesMax, JSON.overlongNumber(data, in: 0..<data.count) == nil,
            let value = try? JSONValue(parsing: data), let fitted = withoutTraces(value)
        else { return nil }
        var out = ByteBuffer(capacity: data.count)
        fitted.write(to: &out)
        return out
    }

    /// Recursion is bounded by the parser's depth.
    private static func withoutTraces(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .string(let text): return .string(fit(lines: text))
        case .array(let elements): return .array(elements.compactMap { withoutTraces($0) })
        case .object(let object):
            let kept = object.members.filter { !traceNames.contains($0.key.lowercased()) }
            if kept.isEmpty, !object.isEmpty { return nil }
            return .object(
                JSONObject(kept.compactMap { member in withoutTraces(member.value).map { (member.key, $0) } })
            )
        default: return value
        }
    }

    private static let traceNames: Set = [
        "stack", "stacktrace", "stack_trace", "trace", "traceback", "tracebacks",
    ]

    /// Whether there is a letter outside quotes.
    private static func saysSomething(_ text: String) -> Bool {
        var quote: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == "'" || scalar == "\"" || scalar == "`" {
                quote = scalar
            } else if scalar.properties.isAlphabetic {
                return true
            }
        }
        return false
    }

    private static func fit(lines text: String) -> String {
        guard text.utf8.count > scalarsMax || text.utf8.contains(10) else { return text }
        var kept: [Substring] = []
        var isInPythonTrace = false
        for raw in text.unicodeScalars.prefix(16 * scalarsMax).split(
            separator: "\n",
            omittingEmptySubsequences: false
        ) {
            let line = raw.last == "\r" ? raw.dropLast() : raw
            let words = Substring(line.drop { $0 == " " || $0 == "\t" })
            let isIndented = words.startIndex > line.startIndex
            if words.hasPrefix("Traceback (most recent call last)") {
                isInPythonTrace = true
            } else if isInPythonTrace, isIndented {
                continue
            } else if !isFrame(words, isIndented) {
                isInPythonTrace = false
                kept.append(Substring(line))
            }
        }
        let whole = kept.joined(separator: "\n")
        let scalars = whole.unicodeScalars.drop { $0 == "\n" }.prefix(scalarsMax)
        let text = String(String.UnicodeScalarView(scalars))
        return text.isEmpty ? "The function failed with only a stack trace." : text
    }

    /// Whether a line is a frame as JavaScript, Java and .NET (`at f (file:1)`), Python (`File "x", line 1`) or Go
    /// (`x.go:12 +0x1d`) print it.
    private static func isFrame(_ words: Substring, _ isIndented: Bool) -> Bool {
        guard isIndented else { return false }
        if words.hasPrefix("at ") { return words.contains("(") || words.contains("/") && words.contains(":") }
        if words.hasPrefix("File \""), words.contains("\", line ") { return true }
        return words.contains(".go:") && words.contains(" +0x")
    }
}
