import JSON

/// One thing that `doctor` looked at.
struct Finding: Sendable, Equatable {
    enum Status: String, Sendable { case ok, note, warning, problem }

    /// What was looked at: `config`, `store`, `target time`, ….
    let check: String
    let status: Status
    let message: String
    /// What to do next; empty when all is well.
    var hint = ""

    /// See docs/cli-json.md.
    var json: JSONValue {
        [
            "check": .string(check),
            "status": .string(status.rawValue),
            "message": .string(message),
            "hint": .string(hint),
        ]
    }

    /// `problem  store: …` and, below it, what to do.
    var text: String {
        let word = status.rawValue + String(repeating: " ", count: 8 - status.rawValue.count)
        return "\(word) \(safe(check)): \(safe(message))\n"
            + (hint.isEmpty ? "" : "         → \(safe(hint))\n")
    }
}
