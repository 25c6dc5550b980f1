struct PermissionDeny: Command {
    static let usage = Usage(
        path: ["permission", "deny"],
        summary: "Takes tools that match from a tenant, whatever is allowed.",
        operands: [.tenant, .pattern],
        example: "mcp-gateway permission deny team-a '*___delete_*'"
    )

    let tenant: String
    let pattern: String

    init(_ words: ParsedWords) throws {
        tenant = try words.required(0)
        pattern = try words.required(1)
    }

    func run(_ session: Session) throws -> Int32 {
        try addPermission("deny", tenant, pattern, session)
        return 0
    }
}
