import HTTP
import JSON

struct PermissionRemove: Command {
    static let usage = Usage(
        path: ["permission", "remove"],
        summary: "Removes a pattern of a tenant, whether it allows or denies.",
        operands: [.tenant, .init(name: "pattern", summary: "as `permission list` shows it")],
        options: [
            .init(
                name: "--effect",
                value: "allow|deny",
                summary: "which of the two, when the pattern is there twice"
            ),
            .dryRun,
        ],
        example: "mcp-gateway permission remove team-a '*___delete_*'"
    )

    let tenant: String
    let pattern: String
    let effect: String?
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        tenant = try words.required(0)
        pattern = try words.required(1)
        effect = words.option("--effect")
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let answer = try session.ask(
            .delete,
            ["permissions"],
            query: [
                ("tenant", tenant), ("pattern", pattern), ("effect", effect),
                ("dryRun", isDryRun.queryValue),
            ]
        )
        let removed = (answer["removed"]?.arrayValue ?? []).map {
            "\($0.word("effect")) \($0.word("pattern"))"
        }
        session.answer(
            answer,
            done: "removed \(removed.joined(separator: " and ")) of tenant \(safe(tenant))",
            isDryRun: isDryRun
        )
        return 0
    }
}
