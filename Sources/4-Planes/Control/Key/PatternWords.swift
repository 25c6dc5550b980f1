import Calendar
package import Policy
package import Store
import Text

/// Patterns as they are asked for.
/// - Throws: `.invalid`, which names the first that is wrong.
package func namePatterns(_ texts: [String]) throws(StoreError) -> [NamePattern] {
    var patterns: [NamePattern] = []
    for text in texts { patterns.append(try namePattern(text)) }
    return patterns
}

/// A pattern as it is asked for.
/// - Throws: `.invalid`.
package func namePattern(_ text: String) throws(StoreError) -> NamePattern {
    guard let pattern = NamePattern(text) else {
        throw StoreError(
            .invalid,
            "\(quoted(text)) is no pattern",
            hint: "give 1 to \(NamePattern.bytesMax) visible characters without spaces, such as time___*"
        )
    }
    return pattern
}

/// A time from now as it is asked for, such as `90d`: in milliseconds, at most 10 years.
///
/// `purpose` ends the sentence "… is no time for", e.g. `a key to live`.
/// - Throws: `.invalid`.
package func lifeMs(_ text: String, for purpose: String) throws(StoreError) -> Int64 {
    guard let life = DurationText.parse(text), life > .zero, life <= .seconds(3_653 * 86_400) else {
        throw StoreError(
            .invalid,
            "\(quoted(text)) is no time for \(purpose)",
            hint: "give a whole number and s, m, h or d, at most 3653d, such as 90d"
        )
    }
    return life.milliseconds
}
