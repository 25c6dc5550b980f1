import Store

struct TenantSuspend: Command {
    static let usage = Usage(
        path: ["tenant", "suspend"],
        summary: "Stops all keys of a tenant at once, until it is resumed.",
        operands: [.tenant],
        example: "mcp-gateway tenant suspend team-a"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let name = try TenantName(name)
        let tenant = try session.withStore { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.suspendTenant(name)
            }
        }
        session.answer(tenant.json, text: "suspended tenant \(name)\n")
        return 0
    }
}
