import JSON

struct LimitList: Command {
    static let usage = Usage(
        path: ["limit", "list"],
        summary: "Lists rates and quotas.",
        options: [.init(name: "--tenant", value: "NAME", summary: "only this tenant's, with its keys'")],
        example: "mcp-gateway limit list --tenant acme"
    )

    let tenant: String?

    init(_ words: ParsedWords) throws { tenant = words.option("--tenant") }

    func run(_ session: Session) throws -> Int32 {
        let limits = try session.askAll("limits", ["limits"], query: [("tenant", tenant)])
        var table = Table("SCOPE", "NAME", "RATE", "BURST", "PER DAY", "PER MONTH", "CHANGED")
        for limit in limits {
            table.add(
                limit.text("scope"),
                limit.text("name"),
                limit.text("rate"),
                limit.text("burst"),
                limit.text("dayQuota"),
                limit.text("monthQuota"),
                limit.moment("updatedAtMs")
            )
        }
        session.answer(
            ["limits": .array(limits)],
            table,
            ifEmpty: "no limits; `mcp-gateway limit set` makes one"
        )
        return 0
    }
}
