import HTTP
import JSON

struct ToolApprove: Command {
    static let usage = Usage(
        path: ["tool", "approve"],
        summary: "Takes a new or changed tool as its target now defines it, and shows what changed.",
        operands: [.tool],
        options: [
            .init(name: "--tenant", value: "NAME", summary: "for this tenant alone; for all when left out"),
            .init(
                name: "--sha256",
                value: "HASH",
                summary: "only the definition with this hash, as --dry-run shows it"
            ),
            .init(name: "--dry-run", value: nil, summary: "show what would be approved, and change nothing"),
        ],
        details: "Read the change first with --dry-run: a tool's text is what agents act on.",
        example: """
            mcp-gateway tool approve time___convert_time --dry-run
            mcp-gateway tool approve time___convert_time
            """
    )

    let tool: String
    let tenant: String?
    let sha256: String?
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        tool = try words.required(0)
        tenant = words.option("--tenant")
        sha256 = words.option("--sha256")
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let answer =
            isDryRun
            ? try session.ask(.get, ["tools", tool, "diff"], query: [("tenant", tenant)])
            : try session.ask(
                .post,
                ["tools", tool, "approve"],
                [("tenant", .optional(tenant)), ("sha256", .optional(sha256))]
            )
        session.answer(answer, text: text(answer))
        return 0
    }

    private func text(_ answer: JSONValue) -> String {
        let name = answer.word("name")
        let changes = answer["changes"]?.arrayValue ?? []
        guard !changes.isEmpty || answer.truth("wasQuarantined") else {
            return "tool \(name) waits for no approval\n"
        }
        let blocks = changes.map { block($0, of: answer) }
        let end =
            isDryRun
            ? "sha256 \(answer.word("sha256"))\ndry run, nothing is changed: would have approved tool \(name)\n"
            : "approved tool \(name)\n"
        return blocks.joined(separator: "\n") + (blocks.isEmpty ? "" : "\n") + end
    }

    private func block(_ change: JSONValue, of answer: JSONValue) -> String {
        let renamed = change.text("previousName").flatMap { previous in
            previous == answer.text("name") ? nil : "renamed: agents called it \(safe(previous))\n"
        }
        guard change.text("previousSha256") == answer.text("sha256") else {
            return "\(heading(change))\n\(renamed ?? "")\(safeLines(change.text("diff") ?? ""))\n"
        }
        return (renamed ?? "") + "its definition is the one that was approved before\n"
    }

    private func heading(_ change: JSONValue) -> String {
        let what = change.text("previousSha256") == nil ? "new" : "changed"
        let whom = change.list("tenants").map { "for \(safe($0))" } ?? "for everybody"
        return "\(what) \(whom):"
    }
}
