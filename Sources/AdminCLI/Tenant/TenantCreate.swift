import Store

struct TenantCreate: Command {
    static let usage = Usage(
        path: ["tenant", "create"],
        summary: "Makes a tenant: a team or customer, who holds keys.",
        operands: [.init(name: "name", summary: "a-z, 0-9 and single hyphens, at most 50 characters")],
        options: [.init(name: "--title", value: "T", summary: "what people call it")],
        example: "mcp-gateway tenant create team-a --title \"Team A\""
    )

    let name: String
    let title: String?

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        title = words.option("--title")
    }

    func run(_ session: Session) throws -> Int32 {
        let name = try TenantName(name)
        let title = title
        let tenant = try session.withStore { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.createTenant(name, title: title)
            }
        }
        session.answer(
            tenant.json,
            text: "created tenant \(name); `mcp-gateway key issue \(name)` makes a key for it\n"
        )
        return 0
    }
}
