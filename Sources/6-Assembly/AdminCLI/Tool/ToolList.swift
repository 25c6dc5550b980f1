import JSON

struct ToolList: Command {
    static let usage = Usage(
        path: ["tool", "list"],
        summary: "Lists the tools of the catalog, and those that targets list and that are refused.",
        options: [
            .init(name: "--target", value: "NAME", summary: "only this target's"),
            .init(name: "--state", value: "S", summary: "only the active, the quarantined or the refused"),
            .init(
                name: "--waiting",
                value: nil,
                summary: "new and changed tools that wait for `tool approve`, and for whom"
            ),
        ],
        example: "mcp-gateway tool list --target time\nmcp-gateway tool list --waiting"
    )

    let target: String?
    let state: String?
    let isWaiting: Bool

    init(_ words: ParsedWords) throws {
        target = words.option("--target")
        state = words.option("--state")
        isWaiting = words.flag("--waiting")
        if let state, !["active", "quarantined", "refused"].contains(state) {
            throw UsageError("\(quoted(state)) is no state of a tool: active, quarantined or refused")
        }
        if isWaiting, target != nil || state != nil {
            throw UsageError("--waiting goes with neither --target nor --state")
        }
    }

    func run(_ session: Session) throws -> Int32 {
        if isWaiting { try listWaiting(session) } else { try listCatalog(session) }
        return 0
    }

    private func listCatalog(_ session: Session) throws {
        let tools = try session.askAll("tools", ["tools"], query: [("target", target), ("state", state)])
        let hasAliases = tools.contains { $0.text("alias") != nil }
        var table =
            hasAliases
            ? Table("NAME", "OWN NAME", "STATE", "DESCRIPTION") : Table("NAME", "STATE", "DESCRIPTION")
        for tool in tools {
            let text = tool.text("reason") ?? tool.text("description") ?? ""
            let description = text.split { $0.isWhitespace }.joined(separator: " ")
            let (name, state) = (tool.text("name"), tool.text("state"))
            if hasAliases {
                table.add(name, tool.text("alias") == nil ? nil : tool.text("tool"), state, description)
            } else {
                table.add(name, state, description)
            }
        }
        session.answer(
            ["tools": .array(tools)],
            table,
            ifEmpty: state == nil
                ? "no tools yet; `mcp-gateway target refresh` reads them" : "no tools in that state"
        )
    }

    private func listWaiting(_ session: Session) throws {
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
    }
}
