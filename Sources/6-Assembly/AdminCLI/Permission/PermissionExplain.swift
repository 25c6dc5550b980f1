import HTTP
import JSON

struct PermissionExplain: Command {
    static let usage = Usage(
        path: ["permission", "explain"],
        summary: "Says whether a tenant may see and call a tool now, and which rule decided.",
        operands: [.tenant, .tool],
        options: [
            .init(
                name: "--key",
                value: "PREFIX",
                summary: "with this one of its keys; without, what the key's own patterns say is left out"
            )
        ],
        example: "mcp-gateway permission explain team-a time___convert_time"
    )

    let tenant: String
    let tool: String
    let key: String?

    init(_ words: ParsedWords) throws {
        tenant = try words.required(0)
        tool = try words.required(1)
        key = words.option("--key")
    }

    func run(_ session: Session) throws -> Int32 {
        let answer = try session.ask(
            .get,
            ["permissions", "explain"],
            query: [("tenant", tenant), ("tool", tool), ("key", key)]
        )
        session.answer(answer, text: sentence(answer) + "\n")
        return 0
    }

    private func sentence(_ answer: JSONValue) -> String {
        let key = answer.text("key").map { " with key \(safe($0))" } ?? ""
        let may = answer.truth("allowed") ? "may call" : "may not see or call"
        var text =
            "tenant \(answer.word("tenant"))\(key) \(may) \(answer.word("tool")): \(answer.word("reason"))"
        if let pattern = answer.text("pattern") { text += ", \(safe(pattern))" }
        if let id = answer.text("subscription") { text += " (subscription \(safe(id)))" }
        if let patterns = answer.list("allowedBy") { text += "; allowed by \(safe(patterns))" }
        return text
    }
}
