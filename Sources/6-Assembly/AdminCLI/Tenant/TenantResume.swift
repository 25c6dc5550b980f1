import HTTP

struct TenantResume: Command {
    static let usage = Usage(
        path: ["tenant", "resume"],
        summary: "Lets the keys of a suspended tenant work again.",
        operands: [.tenant],
        example: "mcp-gateway tenant resume team-a"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let tenant = try session.ask(.post, ["tenants", name, "resume"])
        session.answer(tenant, done: "resumed tenant \(tenant.word("name"))")
        return 0
    }
}
