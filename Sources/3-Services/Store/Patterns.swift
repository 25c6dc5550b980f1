import Policy
import Database
import Text

/// A stored list of patterns, separated by spaces; `NULL` is an empty list. An unreadable pattern is an error, not
/// "no rule".
func storedPatterns(_ row: borrowing Row, at column: Int) throws(StoreError) -> [NamePattern] {
    guard let text = row.text(at: column) else { return [] }
    var patterns: [NamePattern] = []
    for part in text.split(separator: " ", omittingEmptySubsequences: false) {
        patterns.append(try storedPattern(String(part)))
    }
    return patterns
}

func storedPattern(_ text: String) throws(StoreError) -> NamePattern {
    guard let pattern = NamePattern(text) else {
        throw StoreError(
            .corrupt,
            "the store holds a pattern that can't be read: \(quoted(text))",
            hint: "restore it from a backup"
        )
    }
    return pattern
}

/// The patterns in the form that `storedPatterns` reads.
func patternsValue(_ patterns: [NamePattern]) -> Value {
    patterns.isEmpty ? .null : .text(patterns.map { $0.text }.joined(separator: " "))
}
