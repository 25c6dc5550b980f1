import JSON
import REST

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
    func text(_ style: Style) -> String {
        let word = style.text(status.rawValue, status.tone, width: 8)
        return "\(word) \(safe(check)): \(safe(message))\n"
            + (hint.isEmpty ? "" : "         → \(safe(hint))\n")
    }
}

extension Finding.Status {
    fileprivate var tone: Tone {
        switch self {
        case .ok: .good
        case .note: .quiet
        case .warning: .waiting
        case .problem: .bad
        }
    }
}
