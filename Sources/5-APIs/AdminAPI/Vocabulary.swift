import Control
import Policy
import REST
import Store

// Values of the store's and of Control's making, as requests have them.

extension Coding where Value == TenantName {
    /// - Parameter text: what a text may be before its grammar is looked at.
    static func tenant(_ text: Coding<String> = .name) -> Coding {
        text.map(write: { $0.text }, read: { text throws(Problem) in try judged(text, TenantName.init) })
    }
}

extension Coding where Value == TargetName {
    /// - Parameter text: what a text may be before its grammar is looked at.
    static func target(_ text: Coding<String> = .name) -> Coding {
        text.map(write: { $0.text }, read: { text throws(Problem) in try judged(text, TargetName.init) })
    }
}

extension Coding where Value == [NamePattern] {
    static var toolPatterns: Coding { .list(.toolPattern, max: 100, "none means no narrowing") }
}

extension Coding where Value == [String] {
    /// The same in answers.
    static var patternTexts: Coding {
        .list(Coding<String>.toolPattern(max: 256), max: 100, "none means no narrowing")
    }
}

extension Coding where Value == NamePattern {
    /// A pattern over exposed tool names.
    static var toolPattern: Coding { toolPattern(.toolPattern(max: 256)) }

    /// - Parameter text: what a text may be before its grammar is looked at.
    static func toolPattern(_ text: Coding<String>) -> Coding {
        text.map(
            write: { $0.text },
            read: { text throws(Problem) in try judged(text, namePattern) }
        )
    }
}

extension Coding where Value == String {
    /// Of a target or a tenant, in the path or the query: what names nothing is told so, in whatever form it is.
    static var anyName: Coding { .text(1...1_024) }

    /// The longest exposed name: a resource's holds its URI.
    static var catalogNameMax: Int { 2_304 }

    /// `target___tool`, or what another entry of the catalog is called, such as `target___prompt:summary`.
    static var catalogName: Coding { .text(1...catalogNameMax) }

    static var reason: Coding { .text(1...1_000, "for the other side and the audit log") }
}

/// What the grammar of a text's own says of it.
func judged<Value>(
    _ text: String,
    _ parse: (String) throws(ModelFault) -> Value
) throws(Problem) -> Value {
    do throws(ModelFault) { return try parse(text) } catch { throw Problem(.rejected(error)) }
}
