import AdminAPI
import JSON
import REST

struct ToolList: Command {
    private static let targetOption = Usage.Option(
        name: "--target",
        value: "NAME",
        summary: "only this target's"
    )
    private static let stateOption = Usage.Option(
        name: "--state",
        value: "S",
        summary: "only the active, the quarantined or the refused"
    )
    private static let waitingOption = Usage.Option(
        name: "--waiting",
        value: nil,
        summary: "new and changed tools that wait for `tool approve`, and for whom"
    )

    static let usage = Usage(
        path: ["tool", "list"],
        summary: "Lists the tools of the catalog, and those that targets list and that are refused.",
        options: [
            targetOption,
            stateOption,
            waitingOption,
        ],
        example: "mcp-gateway tool list --target time\nmcp-gateway tool list --waiting",
        list: "tools",
        names: ["name"]
    )

    let target: String?
    let state: String?
    let isWaiting: Bool

    init(_ words: ParsedWords) throws {
        target = words.option(Self.targetOption)
        state = words.option(Self.stateOption)
        isWaiting = words.flag(Self.waitingOption)
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
        let tools = try session.askAll(
            Tools.list.request {
                $0.target = target.map { .string($0) }
                $0.state = state.map { .string($0) }
            }
        )
        let description = Heading("DESCRIPTION").yields(.first)
        let hasAliases = tools.contains { $0.alias != nil }
        var table =
            hasAliases
            ? Table("NAME", Heading("OWN NAME").yields(.second), "STATE", description)
            : Table("NAME", "STATE", description)
        for tool in tools {
            let own = tool.alias == nil ? Cell.nothing : .text(tool.tool)
            let cells: [Cell] = [
                .text(tool.name), own, .state(ShownTool.tones[tool.state] ?? .plain, tool.state),
                .prose(tool.reason ?? tool.description ?? ""),
            ]
            table.add(cells: hasAliases ? cells : [cells[0]] + cells[2...], nowMs: 0)
        }
        session.answer(
            ["tools": .array(tools.map { $0.json })],
            table,
            ifEmpty: state == nil
                ? "no tools yet; `mcp-gateway target refresh` reads them" : "no tools in that state"
        )
    }

    private func listWaiting(_ session: Session) throws {
        let tools = try session.askAll(Tools.waiting.request)
        var table = Table(
            "NAME",
            Heading("HELD BACK FROM").yields(.first),
            Heading("SUBSCRIPTIONS").yields(.second)
        )
        for tool in tools {
            let waiting = tool.subscriptions
            table.add(
                tool.name,
                tool.quarantined ? "everybody" : waiting.map { $0.tenant }.joined(separator: " "),
                waiting.isEmpty ? nil : waiting.map { "\($0.id)" }.joined(separator: " ")
            )
        }
        session.answer(
            ["tools": .array(tools.map { $0.json })],
            table,
            ifEmpty: "no tools wait for an approval; `mcp-gateway tool list` shows all"
        )
    }
}
