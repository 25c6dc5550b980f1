import JSON

struct ToolWaiting: Command {
    static let usage = Usage(
        path: ["tool", "waiting"],
        summary: "Lists new and changed tools that wait for `tool approve`.",
        example: "mcp-gateway tool waiting"
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let tools = try session.askAll("tools", ["waiting-tools"])
        var table = Table("NAME", "HELD BACK FROM", "SUBSCRIPTIONS")
        for tool in tools {
            let waiting = tool["subscriptions"]?.arrayValue ?? []
            let tenants = waiting.compactMap { $0.text("tenant") }
            table.add(
                tool.text("name"),
                tool.truth("quarantined") ? "everybody" : tenants.joined(separator: " "),
                waiting.isEmpty ? nil : waiting.compactMap { $0.text("id") }.joined(separator: " ")
            )
        }
        session.answer(
            ["tools": .array(tools)],
            table,
            ifEmpty: "no tools wait for an approval; `mcp-gateway tool list` shows all"
        )
        return 0
    }
}
