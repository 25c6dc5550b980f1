/// What an agent is told of a failure in a function's words: bounded, and without the lines of a stack trace, which
/// help no model and tell of the inside.
///
/// Functions put traces into messages themselves, so that leaving out Lambda's own `stackTrace` is not enough.
enum FailureText {
    private static let scalarsMax = 4000

    static func fit(_ text: String) -> String {
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
        return text.isEmpty ? "The function failed and said nothing but where." : text
    }

    /// A frame as JavaScript, Java, .NET (`at f (file:1)`), Python (`File "x", line 1`) and Go (`x.go:12 +0x1d`) print it.
    private static func isFrame(_ words: Substring, _ isIndented: Bool) -> Bool {
        guard isIndented else { return false }
        if words.hasPrefix("at ") { return words.contains("(") || words.contains("/") && words.contains(":") }
        if words.hasPrefix("File \""), words.contains("\", line ") { return true }
        return words.contains(".go:") && words.contains(" +0x")
    }
}
