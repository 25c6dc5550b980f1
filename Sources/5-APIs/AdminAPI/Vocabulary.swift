import Control
import Policy
import REST
import Store

// Codings of the store's and Control's values, as requests have them.

extension Coding where Value == TenantName {
    /// - Parameter text: the texts that are accepted before the name's own grammar is checked.
    static func tenant(_ text: Coding<String> = .name) -> Coding {
        text.map(write: { $0.text }, read: { text throws(Problem) in try judged(text, TenantName.init) })
    }
}

extension Coding where Value == TargetName {
    /// - Parameter text: the texts that are accepted before the name's own grammar is checked.
    static func target(_ text: Coding<String> = .name) -> Coding {
        text.map(write: { $0.text }, read: { text throws(Problem) in try judged(text, TargetName.init) })
    }
}

extension Coding where Value == [NamePattern] {
    static var toolPatterns: Coding { .list(.toolPattern, max: 100, "none means no narrowing") }
}

extension Coding where Value == [String] {
    /// Patterns over exposed tool names, as answers have them.
    static var patternTexts: Coding {
        .list(Coding<String>.toolPattern(max: 256), max: 100, "none means no narrowing")
    }
}

extension Coding where Value == NamePattern {
    /// A pattern over exposed tool names.
    static var toolPattern: Coding { toolPattern(.toolPattern(max: 256)) }

    /// - Parameter text: the texts that are accepted before the pattern's own grammar is checked.
    static func toolPattern(_ text: Coding<String>) -> Coding {
        text.map(
            write: { $0.text },
            read: { text throws(Problem) in try judged(text, namePattern) }
        )
    }
}

extension Coding where Value == String {
    /// A name in the path or the query: a text of any form that names nothing gets the same answer.
    static var anyName: Coding { .text(1...1_024) }

    /// The longest exposed name: a resource's holds its URI.
    static var catalogNameMax: Int { 2_304 }

    /// `target___tool`, or what another entry of the catalog is called, such as `target___prompt:summary`.
    static var catalogName: Coding { .text(1...catalogNameMax) }

    static var reason: Coding { .text(1...1_000, "for the other side and the audit log") }
}

/// The value of a text, checked by its own grammar.
func judged<Value>(
    _ text: String,
    _ parse: (String) throws(ModelFault) -> Value
) throws(Problem) -> Value {
    do throws(ModelFault) { return try parse(text) } catch { throw Problem(.rejected(error)) }
}
