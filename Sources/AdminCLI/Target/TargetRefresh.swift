import Config
import Control
import JSON
import Store

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
        isLocal = words.flag("--local")
    }

    func run(_ session: Session) throws -> Int32 {
        let name = try name.map { text throws(StoreError) in try Store::TargetName(text) }
        let isLocal = isLocal
        let progress = RefreshProgress(session.err)
        let reports = try session.withStore { store, config in
            try session.withNetwork { loop, transport in
                let refresh = CatalogRefresh(
                    store: store,
                    source: try session.makeSource(config, loop, transport, isLocal: isLocal),
                    configuration: CatalogRefresh.Configuration(config)
                )
                return try await refresh.run(name) { progress.show($0) }
            }
        }
        progress.clear()
        session.answer(
            ["targets": .array(reports.map { $0.json })],
            table(reports),
            ifEmpty: "no enabled targets; `mcp-gateway target list` shows all"
        )
        if session.format == .table { warn(reports, session) }
        return reports.contains { $0.error != nil } ? 1 : 0
    }

    private func table(_ reports: [CatalogRefresh.Report]) -> Table {
        var table = Table("TARGET", "ADDED", "UPDATED", "REMOVED", "UNCHANGED", "REFUSED", "TIME", "ERROR")
        for report in reports {
            let isDone = report.error == nil
            table.add(
                report.name,
                isDone ? "\(report.counts.added)" : nil,
                isDone ? "\(report.counts.updated)" : nil,
                isDone ? "\(report.counts.removed)" : nil,
                isDone ? "\(report.counts.unchanged)" : nil,
                isDone ? "\(report.refused.count)" : nil,
                "\(report.durationMs) ms",
                report.error ?? ""
            )
        }
        return table
    }

    private func warn(_ reports: [CatalogRefresh.Report], _ session: Session) {
        for report in reports {
            for tool in report.refused {
                session.err.write(
                    "\(report.name): tool \(safe(tool.name)) was refused: \(safe(tool.reason))\n"
                )
            }
        }
    }
}

extension CatalogRefresh.Report {
    /// See docs/cli-json.md.
    fileprivate var json: JSONValue {
        [
            "name": .string(name),
            "added": .int(counts.added),
            "updated": .int(counts.updated),
            "removed": .int(counts.removed),
            "unchanged": .int(counts.unchanged),
            "durationMs": .int(durationMs),
            "error": .optional(error),
            "refused": .array(refused.map { $0.json }),
        ]
    }
}

extension RefusedTool {
    var json: JSONValue { ["name": .string(name), "reason": .string(reason)] }
}
