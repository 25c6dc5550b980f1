import AdminAPI
import Control
import JSON
import REST

extension Finding {
    /// A finding that a running server sent.
    init(_ answer: Answer<FindingForm>) {
        let status = Status(rawValue: answer.status) ?? .problem
        self.init(status, answer.check, answer.message, hint: answer.hint)
    }

    /// See docs/cli-json.md.
    var json: JSONValue {
        [
            "check": .string(check),
            "status": .string(status.rawValue),
            "message": .string(message),
            "hint": .string(hint),
        ]
    }

    /// A line such as `problem  store: …` and, below it, what to do.
    func text(_ style: Style) -> String {
        let word = style.text(status.rawValue, status.tone, width: 8)
        return "\(word) \(safe(check)): \(safe(message))\n"
            + (hint.isEmpty ? "" : "         → \(safe(hint))\n")
    }

    /// Problems first; findings of one status in the order in which they were made.
    static func ordered(_ findings: [Finding]) -> [Finding] {
        Status.allCases.flatMap { status in findings.filter { $0.status == status } }
    }

    /// The findings for people: many targets without a problem share one line.
    static func text(_ findings: [Finding], _ style: Style) -> String {
        let well = findings.filter { $0.status == .ok && $0.check.hasPrefix("target ") }
        guard well.count > wellMax else { return findings.map { $0.text(style) }.joined() }
        let rest = findings.filter { !well.contains($0) }
        return (rest + [Finding(.ok, "targets", "\(well.count) more, and all is well with them")])
            .map { $0.text(style) }.joined()
    }

    private static let wellMax = 12
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
