import JSON

struct KeyList: Command {
    static let usage = Usage(
        path: ["key", "list"],
        summary: "Lists keys by their prefixes; their texts are stored nowhere.",
        operands: [.init(name: "tenant", summary: "only this tenant's", isOptional: true)],
        example: "mcp-gateway key list team-a"
    )

    let tenant: String?

    init(_ words: ParsedWords) throws { tenant = words.operand(0) }

    func run(_ session: Session) throws -> Int32 {
        let keys = try session.askAll("keys", ["keys"], query: [("tenant", tenant)])
        let now = session.nowMs()
        var table = Table(
            "PREFIX",
            "TENANT",
            "STATE",
            "CREATED",
            "LAST USED",
            "EXPIRES",
            "NAME",
            "ALLOW",
            "DENY"
        )
        for key in keys {
            table.add(
                key.text("prefix"),
                key.text("tenant"),
                key.text("state"),
                key.moment("createdAtMs"),
                ageText(key.milliseconds("lastUsedAtMs"), nowMs: now),
                key.moment("expiresAtMs"),
                key.text("name"),
                key.list("allow"),
                key.list("deny")
            )
        }
        session.answer(
            ["keys": .array(keys)],
            table,
            ifEmpty: "no keys yet; `mcp-gateway key issue` makes one"
        )
        return 0
    }
}
