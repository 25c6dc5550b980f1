import HTTP

struct TenantShow: Command {
    static let usage = Usage(
        path: ["tenant", "show"],
        summary: "Shows all about one tenant.",
        operands: [.tenant],
        example: "mcp-gateway tenant show team-a"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let tenant = try session.ask(.get, ["tenants", name])
        session.answer(tenant, text: tenantDetails(tenant))
        return 0
    }
}
