import JSON

// What tables and sentences take from the answers' JSON. Nothing here is safe to show yet: tables and details see to it.

extension JSONValue {
    /// The member as text, be it a string or a number; `nil` for none.
    func text(_ name: String) -> String? {
        switch self[name] {
        case .string(let text): text
        case .number(let spelling): spelling
        default: nil
        }
    }

    /// The same for a sentence: safe to show, and empty for none.
    func word(_ name: String) -> String { safe(text(name) ?? "") }

    func truth(_ name: String) -> Bool { self[name]?.boolValue ?? false }

    /// Milliseconds since 1970, or a duration.
    func milliseconds(_ name: String) -> Int64? { self[name]?.intValue.map { Int64($0) } }

    /// `2026-11-21 06:36:47Z`
    func moment(_ name: String) -> String? { timeText(milliseconds(name)) }

    /// The member's texts, one after the other; `nil` when there are none.
    func list(_ name: String) -> String? {
        let texts = (self[name]?.arrayValue ?? []).compactMap { $0.stringValue }
        return texts.isEmpty ? nil : texts.joined(separator: " ")
    }
}

/// `1 tool`, `2 tools`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
