import AdminAPI
import JSON
import REST

struct TargetTest: Command {
    static let usage = Usage(
        path: ["target", "test"],
        summary: "Asks a target for its tools and shows what came; the catalog stays as it is.",
        operands: [.target],
        options: [.local],
        details:
            "A server that runs on the store asks, with its own credentials and functions; else this command.",
        example: "mcp-gateway target test time"
    )

    let name: String
    let isLocal: Bool

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        isLocal = try words.isLocal()
    }

    func run(_ session: Session) throws -> Int32 {
        let request = Targets.test.request { $0.target = .string(name) }
        let asked = isLocal ? Asked.store : .serverIfRunning
        let trial = try session.withAdmin(via: asked, asksFunctions: true, isLocal: isLocal) { admin in
            try await admin.ask(request)
        }
        guard trial.ok else {
            if session.format == .json { session.answer(trial.json, text: "") }
            throw CommandFailure(
                "target \(trial.name) failed after \(trial.durationMs) ms: \(trial.error ?? "")"
            )
        }
        session.answer(trial.json, text: text(trial))
        return 0
    }

    private func text(_ trial: Answer<TargetTrialForm>) -> String {
        let found = "\(counted(trial.tools.count, "tool")) on \(counted(trial.pages, "page"))"
        var lines: [Sentence] = ["target \(trial.name) answered in \(trial.durationMs) ms: \(found)"]
        lines += trial.tools.map { "  \($0)" }
        lines += trial.refused.map { "  refused: \($0.name): \($0.reason)" }
        lines += trial.notes.map { "  note: \($0.name): \(noteText($0.note))" }
        return lines.map { "\($0.text)\n" }.joined()
    }
}
