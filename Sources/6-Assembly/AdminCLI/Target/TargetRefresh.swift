import AdminAPI
import JSON
import REST

struct TargetRefresh: Command {
    static let usage = Usage(
        path: ["target", "refresh"],
        summary: "Reads the tools of one target, or of every enabled one, and stores them.",
        operands: [
            .init(name: "name", summary: "the target; all when left out", isOptional: true, offer: .targets)
        ],
        options: [.local],
        details:
            "A server that runs on the store does it, with its own credentials and functions; else this command. A target "
            + "that fails keeps its last good tools. Exit status 1 when any failed.",
        example: "mcp-gateway target refresh\nmcp-gateway target refresh time -o json",
        list: "targets",
        names: ["name"]
    )

    let name: String?
    let isLocal: Bool

    init(_ words: ParsedWords) throws {
        name = words.operand(0)
        isLocal = try words.isLocal()
    }

    func run(_ session: Session) throws -> Int32 {
        let (name, progress) = (name, RefreshProgress(session.err))
        let answer: Answer<RefreshForm>
        do {
            defer { progress.clear() }
            answer = try session.withAdmin(
                via: isLocal ? .store : .serverIfRunning,
                asksFunctions: true,
                isLocal: isLocal,
                progress: { progress.show($0) }
            ) { admin in
                guard let name else { return try await admin.ask(Targets.refreshAll.request) }
                return try await admin.ask(Targets.refresh.request { $0.target = .string(name) })
            }
        }
        let reports = answer.targets
        session.answer(
            answer.json,
            table(reports),
            ifEmpty: "no enabled targets; `mcp-gateway target list` shows all"
        )
        if session.format == .table { warn(reports, session) }
        return reports.contains { $0.error != nil } ? 1 : 0
    }

    private func table(_ reports: [Answer<RefreshReportForm>]) -> Table {
        var table = Table(
            "TARGET",
            "ADDED",
            "UPDATED",
            "REMOVED",
            "UNCHANGED",
            "REFUSED",
            "TIME",
            Heading("ERROR").yields(.first)
        )
        for report in reports {
            let isDone = report.error == nil
            func shown(_ count: Int) -> String? { isDone ? "\(count)" : nil }
            table.add(
                report.name,
                shown(report.added),
                shown(report.updated),
                shown(report.removed),
                shown(report.unchanged),
                shown(report.refused.count),
                "\(report.durationMs) ms",
                report.error ?? ""
            )
        }
        return table
    }

    private func warn(_ reports: [Answer<RefreshReportForm>], _ session: Session) {
        func warn(_ line: Sentence) { session.err.write("\(line.text)\n") }
        for report in reports {
            for tool in report.refused {
                warn("\(report.name): tool \(tool.name) was refused: \(tool.reason)")
            }
            for tool in report.notes {
                warn("\(report.name): tool \(tool.name): \(noteText(tool.note))")
            }
        }
    }
}
