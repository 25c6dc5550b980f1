import JSON
import Policy
import Store

struct TenantList: Command {
    static let usage = Usage(
        path: ["tenant", "list"],
        summary: "Lists the tenants.",
        example: "mcp-gateway tenant list"
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let now = session.nowMs()
        let tenants = try session.withStore { store, _ in
            try store.readBlocking { reading throws(StoreError) in try reading.tenants(nowMs: now) }
        }
        var table = Table("NAME", "STATE", "ACTIVE KEYS", "CREATED", "TITLE")
        for tenant in tenants {
            table.add(
                tenant.name.text,
                tenant.state.rawValue,
                "\(tenant.activeKeyCount)",
                timeText(tenant.createdAtMs),
                tenant.title
            )
        }
        session.answer(
            ["tenants": .array(tenants.map { $0.json })],
            table,
            ifEmpty: "no tenants yet; `mcp-gateway tenant create` makes one"
        )
        return 0
    }
}
