import HTTP
import JSON
import REST

struct TargetTest: Command {
    static let usage = Usage(
        path: ["target", "test"],
        summary: "Asks a target for its tools and shows what came; the catalog stays as it is.",
        operands: [.target],
        options: [.local],
        example: "mcp-gateway target test time"
    )

    let name: String
    let isLocal: Bool

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        isLocal = try words.isLocal()
    }

    func run(_ session: Session) throws -> Int32 {
        let path = ["targets", name, "test"]
        let trial = try session.withAdmin(asksFunctions: true, isLocal: isLocal) { admin in
            try await admin.ask(APIRequest(.post, path))
        }
        let name = trial.text("name") ?? name
        guard trial.truth("ok") else {
            if session.format == .json { session.answer(trial, text: "") }
            throw CommandFailure(
                "target \(name) failed after \(trial.text("durationMs") ?? "0") ms: \(trial.text("error") ?? "")"
            )
        }
        session.answer(trial, text: text(trial, safe(name)))
        return 0
    }

    private func text(_ trial: JSONValue, _ name: String) -> String {
        let tools = trial["tools"]?.arrayValue ?? []
        let pages = counted(trial["pages"]?.intValue ?? 0, "page")
        let head = "target \(name) answered in \(trial.word("durationMs")) ms"
        var text = "\(head): \(counted(tools.count, "tool")) on \(pages)\n"
        for tool in tools { text += "  \(safe(tool.stringValue ?? ""))\n" }
        for tool in trial["refused"]?.arrayValue ?? [] {
            text += "  refused: \(tool.word("name")): \(tool.word("reason"))\n"
        }
        for note in trial["notes"]?.arrayValue ?? [] {
            text += "  note: \(note.word("name")): \(noteText(note))\n"
        }
        return text
    }
}
