import MCP
import Text

/// The name of a target: `[a-z0-9]+(-[a-z0-9]+)*`, 1–50 characters. It never holds `___`, so an exposed tool name
/// splits at the first one.
package struct TargetName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Whether the gateway reserves the name for itself: no new target may have it.
    package var isReserved: Bool { text == "gateway" || text == "lambda" }

    /// - Throws: `.invalid`, which quotes the text and states the rule.
    package init(_ text: String) throws(ModelFault) {
        try checkName(text, of: "target")
        self.text = text
    }

    package var description: String { text }
}

/// The name of a tenant, by the same grammar as a target's.
package struct TenantName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// - Throws: `.invalid`, which quotes the text and states the rule.
    package init(_ text: String) throws(ModelFault) {
        try checkName(text, of: "tenant")
        self.text = text
    }

    package var description: String { text }
}

/// Checks a name of targets, tenants and admin tokens.
/// - Parameter noun: what it is a name for, e.g. `target`.
package func checkName(_ text: String, of noun: String) throws(ModelFault) {
    guard ToolName.isTarget(text) else {
        let like = NameSuggestion.near(text) ?? "aws-docs"
        throw ModelFault(
            .invalid,
            "\(quoted(text, scalarsMax: 40)) is not a valid \(noun) name",
            hint: "use 1 to 50 characters: a-z and 0-9, with single hyphens between them, as in \(like)"
        )
    }
}

/// Checks a text that people wrote: its length in bytes, and no control characters.
package func checkText(_ text: String?, _ field: String, bytes: ClosedRange<Int>) throws(ModelFault) {
    guard let text else { return }
    guard bytes.contains(text.utf8.count) else {
        throw ModelFault(
            .invalid,
            "\(field) has \(text.utf8.count) bytes",
            hint: "\(bytes.lowerBound) to \(bytes.upperBound) are allowed"
        )
    }
    for scalar in text.unicodeScalars where scalar.properties.generalCategory == .control {
        throw ModelFault(
            .invalid,
            "\(field) holds a control character: \(quoted(text))",
            hint: "leave line breaks, tabs and other control characters out"
        )
    }
}
