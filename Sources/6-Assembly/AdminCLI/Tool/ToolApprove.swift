import AdminAPI
import JSON
import REST

struct ToolApprove: Command {
    private static let tenantOption = Usage.Option(
        name: "--tenant",
        value: "NAME",
        summary: "for this tenant alone; for all when left out",
        offer: .tenants
    )
    private static let sha256Option = Usage.Option(
        name: "--sha256",
        value: "HASH",
        summary: "only the definition with this hash, as --dry-run shows it"
    )
    private static let dryRunOption = Usage.Option(
        name: "--dry-run",
        value: nil,
        summary: "show what would be approved, and change nothing"
    )

    static let usage = Usage(
        path: ["tool", "approve"],
        summary: "Takes a new or changed tool as its target now defines it, and shows what changed.",
        operands: [.tool],
        options: [
            tenantOption,
            sha256Option,
            dryRunOption,
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
        tenant = words.option(Self.tenantOption)
        sha256 = words.option(Self.sha256Option)
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let answer =
            isDryRun
            ? try session.ask(
                Tools.diff.request {
                    $0.tool = .string(tool)
                    $0.tenant = tenant.map { .string($0) }
                }
            )
            : try session.ask(
                Tools.approve.request {
                    $0.tool = .string(tool)
                    $0.tenant = tenant.map { .string($0) }
                    $0.sha256 = sha256.map { .string($0) }
                }
            )
        // Asked only for people: scripts use `tool impact`.
        let waits = isDryRun && (!answer.changes.isEmpty || answer.wasQuarantined)
        let impact = waits && session.form == .table ? impactNote(on: answer.about.name, session) : nil
        session.answer(answer.json, text: text(answer, session.out.style, impact: impact))
        return 0
    }

    private func text(_ answer: Answer<ToolApprovalForm>, _ style: Style, impact: String?) -> String {
        let (tool, changes) = (answer.about, answer.changes)
        guard !changes.isEmpty || answer.wasQuarantined else {
            return "tool \(safe(tool.name)) waits for no approval\n"
        }
        let blocks = changes.map { block($0, of: tool, style) }
        let done: Sentence = "approved tool \(tool.name)"
        let note = impact.map { "\($0)\n" } ?? ""
        let end: Sentence = isDryRun ? "sha256 \(tool.sha256 ?? "")\n\(dryRun(done))" : done
        return blocks.joined(separator: "\n") + (blocks.isEmpty ? "" : "\n") + note + end.text + "\n"
    }

    private func block(
        _ change: Answer<ApprovalChangeForm>,
        of tool: Answer<ToolForm>,
        _ style: Style
    ) -> String {
        let renamed = change.previousName.flatMap { previous in
            previous == tool.name ? nil : "renamed: agents called it \(safe(previous))\n"
        }
        guard change.previousSHA256 == tool.sha256 else {
            return "\(style.heading(heading(change)))\n\(renamed ?? "")\(style.diff(change.diff))\n"
        }
        return (renamed ?? "") + "its definition is the one that was approved before\n"
    }

    private func heading(_ change: Answer<ApprovalChangeForm>) -> String {
        let what = change.previousSHA256 == nil ? "new" : "changed"
        let tenants = change.tenants
        let whom = tenants.isEmpty ? "for everybody" : "for \(tenants.joined(separator: " "))"
        return "\(what) \(whom):"
    }
}
