import JSON

struct PermissionList: Command {
    static let usage = Usage(
        path: ["permission", "list"],
        summary: "Lists the patterns that tenants are allowed and denied.",
        operands: [.init(name: "tenant", summary: "only this tenant's", isOptional: true)],
        details: "The patterns of single keys are in `key list`.",
        example: "mcp-gateway permission list team-a"
    )

    let tenant: String?

    init(_ words: ParsedWords) throws { tenant = words.operand(0) }

    func run(_ session: Session) throws -> Int32 {
        let rules = try session.askAll("permissions", ["permissions"], query: [("tenant", tenant)])
        var table = Table("TENANT", "EFFECT", "PATTERN", "SINCE")
        for rule in rules {
            table.add(
                rule.text("tenant"),
                rule.text("effect"),
                rule.text("pattern"),
                rule.moment("createdAtMs")
            )
        }
        session.answer(
            ["permissions": .array(rules)],
            table,
            ifEmpty: "no rules: tenants may use all that their subscriptions give; "
                + "`mcp-gateway permission deny` takes something away"
        )
        return 0
    }
}
