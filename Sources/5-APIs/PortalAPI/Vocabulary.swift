import Policy
import REST

// Values in the input or output of several operations.

extension Coding where Value == String {
    /// Any text that may name something: a text of any form that names nothing gets the same answer.
    static var anyText: Coding { .text(1...2_048) }
}

extension Coding where Value == [String] {
    /// Patterns over exposed tool names, as answers have them.
    static var patternTexts: Coding {
        .list(Coding<String>.toolPattern(max: 200), max: 100, "none means all")
    }
}

extension Coding where Value == [NamePattern] {
    /// Patterns over exposed tool names, as the member `tools` of a request has them.
    static var toolPatterns: Coding {
        Coding<[String]>.patternTexts.map(write: { $0.map { $0.text } }, read: patterns)
    }
}

private func patterns(_ texts: [String]) throws(Problem) -> [NamePattern] {
    var patterns: [NamePattern] = []
    for (index, text) in texts.enumerated() {
        guard let pattern = NamePattern(text) else {
            let detail = "is not a pattern: 1 to \(NamePattern.bytesMax) visible ASCII characters"
            throw Problem(
                .invalid,
                "/tools/\(index) \(detail)",
                hint: "give one such as time___*",
                errors: [.init("/tools/\(index)", detail)]
            )
        }
        patterns.append(pattern)
    }
    return patterns
}

/// A thing that the caller can't see always gets the same text, so that nobody learns whether it is another tenant's,
/// disabled, or doesn't exist.
extension Problem {
    static let noTarget = Problem(
        .notFound,
        "there is no such target",
        hint: "GET /portal/v1/targets lists those that there are"
    )

    static let noSubscription = Problem(
        .notFound,
        "there is no such subscription",
        hint: "GET /portal/v1/subscriptions lists yours"
    )
}
