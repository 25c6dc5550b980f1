struct PermissionAllow: Command {
    static let usage = Usage(
        path: ["permission", "allow"],
        summary: "Lets a tenant use only tools that match this, or another pattern it's allowed.",
        operands: [.tenant, .pattern],
        details: """
            A tenant without any allow pattern may use all that its subscriptions give. What is denied is denied
            whatever is allowed.
            """,
        example: "mcp-gateway permission allow team-a 'time___*'"
    )

    let tenant: String
    let pattern: String

    init(_ words: ParsedWords) throws {
        tenant = try words.required(0)
        pattern = try words.required(1)
    }

    func run(_ session: Session) throws -> Int32 {
        try addPermission("allow", tenant, pattern, session)
        return 0
    }
}
