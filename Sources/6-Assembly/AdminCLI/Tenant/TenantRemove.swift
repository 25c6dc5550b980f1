import HTTP

struct TenantRemove: Command {
    static let usage = Usage(
        path: ["tenant", "remove"],
        summary: "Removes a tenant with its permissions, subscriptions and limits; its history stays.",
        operands: [.tenant],
        options: [
            .init(name: "--force", value: nil, summary: "also when it has active keys, which are revoked"),
            .dryRun,
        ],
        details: "Refused while the tenant has active keys, unless --force is given.",
        example: "mcp-gateway tenant remove team-a --dry-run"
    )

    let name: String
    let isForced: Bool
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        isForced = words.flag("--force")
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let tenant = try session.ask(
            .delete,
            ["tenants", name],
            query: [("force", isForced.queryValue), ("dryRun", isDryRun.queryValue)]
        )
        session.answer(tenant, done: "removed tenant \(tenant.word("name"))", isDryRun: isDryRun)
        return 0
    }
}
