import JSON

struct TenantList: Command {
    static let usage = Usage(
        path: ["tenant", "list"],
        summary: "Lists the tenants.",
        options: [
            .init(name: "--removed", value: nil, summary: "those that were removed, the last first")
        ],
        example: "mcp-gateway tenant list"
    )

    let wantsRemoved: Bool

    init(_ words: ParsedWords) throws { wantsRemoved = words.flag("--removed") }

    func run(_ session: Session) throws -> Int32 {
        let tenants = try session.askAll(
            "tenants",
            ["tenants"],
            query: [("removed", wantsRemoved.queryValue)]
        )
        var table = Table(
            "NAME",
            wantsRemoved ? "REMOVED" : "STATE",
            "ACTIVE KEYS",
            "CREATED",
            "CONTACT",
            "TITLE"
        )
        for tenant in tenants {
            table.add(
                tenant.text("name"),
                wantsRemoved ? tenant.moment("removedAtMs") : tenant.text("state"),
                tenant.text("activeKeys"),
                tenant.moment("createdAtMs"),
                tenant.text("contact"),
                tenant.text("title")
            )
        }
        session.answer(
            ["tenants": .array(tenants)],
            table,
            ifEmpty: wantsRemoved
                ? "no tenants were removed" : "no tenants yet; `mcp-gateway tenant create` makes one"
        )
        return 0
    }
}
