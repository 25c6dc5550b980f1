package import Policy
import Text

/// Reads requested patterns.
/// - Throws: `.invalid`, which names the first one that is wrong.
package func namePatterns(_ texts: [String]) throws(ModelFault) -> [NamePattern] {
    var patterns: [NamePattern] = []
    for text in texts { patterns.append(try namePattern(text)) }
    return patterns
}

/// Reads a requested pattern.
/// - Throws: `.invalid`.
package func namePattern(_ text: String) throws(ModelFault) -> NamePattern {
    guard let pattern = NamePattern(text) else {
        throw ModelFault(
            .invalid,
            "\(quoted(text)) is not a pattern",
            hint: "give 1 to \(NamePattern.bytesMax) visible characters without spaces, such as time___*"
        )
    }
    return pattern
}
