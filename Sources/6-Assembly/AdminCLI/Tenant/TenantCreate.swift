import AdminAPI
import JSON
import REST
import Store

struct TenantCreate: Command {
    static let usage = Usage(
        path: ["tenant", "create"],
        summary: "Makes a tenant: a team or customer, who holds keys.",
        operands: [.init(name: "name", summary: "a-z, 0-9 and single hyphens, at most 50 characters")],
        options: Usage.Option.tenant,
        example: "mcp-gateway tenant create team-a --title \"Team A\"",
        names: ["name"]
    )

    let name: String
    let words: TenantWords

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        self.words = try TenantWords(words)
    }

    func run(_ session: Session) throws -> Int32 {
        let tenant = try session.ask(
            Tenants.create.request {
                $0.name = .string(name)
                words.fill(&$0, \.settings, labels: words.labels)
            },
            access: .creating
        )
        session.answer(
            tenant.json,
            done: "created tenant \(tenant.name); `mcp-gateway key issue \(tenant.name)` makes a key for it"
        )
        return 0
    }
}
