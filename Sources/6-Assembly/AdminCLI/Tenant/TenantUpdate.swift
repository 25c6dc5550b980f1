import AdminAPI
import JSON
import REST

struct TenantUpdate: Command {
    static let usage = Usage(
        path: ["tenant", "update"],
        summary: "Changes what is said about a tenant.",
        operands: [.tenant],
        options: Usage.Option.tenant,
        details: """
            An empty value clears a setting, as in --contact= or --label plan=; labels that aren't named stay.
            Without a role nothing is left of its external id and session policy. Default limits of a tenant are
            `limit set tenant`.
            """,
        example: "mcp-gateway tenant update team-a --contact ada@example.com --label plan=gold",
        names: ["name"]
    )

    let name: String
    let words: TenantWords

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        self.words = try TenantWords(words)
        if self.words.isEmpty { throw UsageError("nothing to change: give at least one option") }
    }

    func run(_ session: Session) throws -> Int32 {
        let (name, words) = (name, words)
        let tenant = try session.withAdmin { admin in
            var change = Tenants.update.request { $0.tenant = .string(name) }
            guard !words.labels.isEmpty else {
                words.fill(&change, \.settings, labels: nil)
                return try await admin.ask(change)
            }
            // The API replaces all labels at once, so the new ones are merged with the present ones; a change in
            // between is refused.
            let found = try await admin.ask(Tenants.show.request { $0.tenant = .string(name) })
            var labels = found.labels
            for label in words.labels { labels[label.name] = label.value }
            words.fill(&change, \.settings, labels: labels.map { (name: $0.key, value: $0.value) })
            change.ifMatch = EntityTag(found.revision).text
            return try await admin.ask(change)
        }
        session.answer(tenant.json, done: "changed tenant \(tenant.name)")
        return 0
    }
}
