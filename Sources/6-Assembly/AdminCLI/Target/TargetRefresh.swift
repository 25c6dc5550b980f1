import HTTP
import JSON
import REST

struct TargetRefresh: Command {
    static let usage = Usage(
        path: ["target", "refresh"],
        summary: "Reads the tools of one target, or of every enabled one, and stores them.",
        operands: [.init(name: "name", summary: "the target; all when left out", isOptional: true)],
        options: [.local],
        details: "A target that fails keeps its last good tools. Exit status 1 when any failed.",
        example: "mcp-gateway target refresh\nmcp-gateway target refresh time -o json"
    )

    let name: String?
    let isLocal: Bool

    init(_ words: ParsedWords) throws {
        name = words.operand(0)
        isLocal = try words.isLocal()
    }

    func run(_ session: Session) throws -> Int32 {
        let path = name.map { ["targets", $0, "refresh"] } ?? ["refresh"]
        let progress = RefreshProgress(session.err)
        let answer: JSONValue
        do {
            defer { progress.clear() }
            answer = try session.withAdmin(
                asksFunctions: true,
                isLocal: isLocal,
                progress: { progress.show($0) }
            ) { admin in
                try await admin.ask(APIRequest(.post, path))
            }
        }
        let reports = answer["targets"]?.arrayValue ?? []
        session.answer(
            answer,
            table(reports),
            ifEmpty: "no enabled targets; `mcp-gateway target list` shows all"
        )
        if session.format == .table { warn(reports, session) }
        return reports.contains { $0.text("error") != nil } ? 1 : 0
    }

    private func table(_ reports: [JSONValue]) -> Table {
        var table = Table("TARGET", "ADDED", "UPDATED", "REMOVED", "UNCHANGED", "REFUSED", "TIME", "ERROR")
        for report in reports {
            let isDone = report.text("error") == nil
            func count(_ name: String) -> String? { isDone ? report.text(name) : nil }
            table.add(
                report.text("name"),
                count("added"),
                count("updated"),
                count("removed"),
                count("unchanged"),
                isDone ? "\(report["refused"]?.arrayValue?.count ?? 0)" : nil,
                "\(report.text("durationMs") ?? "0") ms",
                report.text("error") ?? ""
            )
        }
        return table
    }

    private func warn(_ reports: [JSONValue], _ session: Session) {
        for report in reports {
            for tool in report["refused"]?.arrayValue ?? [] {
                let name = report.word("name")
                session.err.write(
                    "\(name): tool \(tool.word("name")) was refused: \(tool.word("reason"))\n"
                )
            }
            for note in report["notes"]?.arrayValue ?? [] {
                session.err.write(
                    "\(report.word("name")): tool \(note.word("name")): \(noteText(note))\n"
                )
            }
        }
    }
}
