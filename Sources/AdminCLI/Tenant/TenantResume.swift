import Store

struct TenantResume: Command {
    static let usage = Usage(
        path: ["tenant", "resume"],
        summary: "Lets the keys of a suspended tenant work again.",
        operands: [.tenant],
        example: "mcp-gateway tenant resume team-a"
    )

    let name: String

    init(_ words: ParsedWords) throws { name = try words.required(0) }

    func run(_ session: Session) throws -> Int32 {
        let name = try TenantName(name)
        let tenant = try session.withStore { store, _ in
            try store.writeBlocking(as: session.actor) { writing throws(StoreError) in
                try writing.resumeTenant(name)
            }
        }
        session.answer(tenant.json, text: "resumed tenant \(name)\n")
        return 0
    }
}
