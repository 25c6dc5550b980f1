import HTTP

struct TenantSuspend: Command {
    static let usage = Usage(
        path: ["tenant", "suspend"],
        summary: "Stops all keys of a tenant at once, until it is resumed.",
        operands: [.tenant],
        options: [.dryRun],
        example: "mcp-gateway tenant suspend team-a"
    )

    let name: String
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let tenant = try session.ask(
            .post,
            ["tenants", name, "suspend"],
            query: [("dryRun", isDryRun.queryValue)]
        )
        session.answer(tenant, done: "suspended tenant \(tenant.word("name"))", isDryRun: isDryRun)
        return 0
    }
}
