import Store

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
        let name = try TenantName(name)
        let now = session.nowMs()
        let tenant = try session.withStore { store, _ in
            try store.readBlocking { reading throws(StoreError) in try reading.tenant(name, nowMs: now) }
        }
        session.answer(tenant.json, text: tenant.detailText)
        return 0
    }
}
