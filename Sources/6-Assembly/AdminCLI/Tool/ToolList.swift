import AdminAPI
import JSON
import REST

struct ToolList: Command {
    private static let targetOption = Usage.Option(
        name: "--target",
        value: "NAME",
        summary: "only this target's",
        offer: .targets
    )
    private static let stateOption = Usage.Option(
        name: "--state",
        value: "S",
        summary:
            "only the active, the quarantined or the refused; with --tenant the visible, the hidden or the refused",
        offer: .words(ShownTool.states + ["visible", "hidden"])
    )
    private static let waitingOption = Usage.Option(
        name: "--waiting",
        value: nil,
        summary: "new and changed tools that wait for `tool approve`, and for whom"
    )
    private static let tenantOption = Usage.Option(
        name: "--tenant",
        value: "NAME",
        summary: "with this tenant's access now: which it sees, and why the others are hidden",
        offer: .tenants
    )
    private static let keyOption = Usage.Option(
        name: "--key",
        value: "PREFIX",
        summary: "the same with this key, which may be narrowed",
        offer: .activeKeys
    )

    static let usage = Usage(
        path: ["tool", "list"],
        summary: "Lists the tools of the catalog, and those that targets list and that are refused.",
        options: [
            targetOption,
            stateOption,
            tenantOption,
            keyOption,
            waitingOption,
        ],
        details: """
            With --tenant or --key, WHY is the rule that decides on calls and lists, as `permission explain` says it of one tool.
            Holders of access tokens see what their tenant sees, if their scopes open it.
            """,
        example: """
            mcp-gateway tool list --target time
            mcp-gateway tool list --tenant team-a --state hidden
            mcp-gateway tool list --key 3k9x0v2a
            mcp-gateway tool list --waiting
            """,
        list: "tools",
        names: ["name"]
    )

    let target: String?
    let state: String?
    let tenant: String?
    let key: String?
    let isWaiting: Bool

    init(_ words: ParsedWords) throws {
        target = words.option(Self.targetOption)
        state = words.option(Self.stateOption)
        tenant = words.option(Self.tenantOption)
        key = words.option(Self.keyOption)
        isWaiting = words.flag(Self.waitingOption)
        let isOfTenant = tenant != nil || key != nil
        let states = isOfTenant ? ToolVisibility.allCases.map { $0.rawValue } : ShownTool.states
        if let state, !states.contains(state) {
            let known = states.dropLast().joined(separator: ", ") + " or \(states.last ?? "")"
            throw UsageError(
                "\(quoted(state)) is not a state of a tool\(isOfTenant ? " for a tenant" : ""): \(known)"
            )
        }
        if isWaiting, target != nil || state != nil || isOfTenant {
            throw UsageError("--waiting can't be used together with --target, --state, --tenant or --key")
        }
    }

    func run(_ session: Session) throws -> Int32 {
        if isWaiting {
            try listWaiting(session)
        } else if tenant != nil || key != nil {
            try listOfTenant(session)
        } else {
            try listCatalog(session)
        }
        return 0
    }

    private func listCatalog(_ session: Session) throws {
        let tools = try session.askAll(
            Tools.list.request {
                $0.target = target.map { .string($0) }
                $0.state = state.map { .string($0) }
            }
        )
        show(tools, of: tools.map { $0.json }, "DESCRIPTION", session) { position, tool in
            (
                .state(ShownTool.tones[tool.state] ?? .plain, tool.state),
                .prose(tool.reason ?? tool.description ?? "")
            )
        }
    }

    private func listOfTenant(_ session: Session) throws {
        let tools = try session.withAdmin { [self] admin in
            var holder = tenant
            if let key, holder == nil {
                holder = try await admin.ask(Keys.show.request { $0.prefix = .string(key) }).about.tenant
            }
            return try await admin.askAll(
                Tools.access.request {
                    $0.tenant = .string(holder ?? "")
                    $0.key = key.map { .string($0) }
                    $0.target = target.map { .string($0) }
                    $0.state = state.map { .string($0) }
                }
            )
        }
        show(tools.map { $0.about }, of: tools.map { $0.json }, "WHY", session) { position, tool in
            let access = tools[position].access
            return (
                access.allowed
                    ? .state(.good, "visible")
                    : tool.state == "refused" ? .state(.bad, "refused") : .state(.quiet, "hidden"),
                .text(AccessForm.sentence(access).text)
            )
        }
    }

    /// - Parameter about: the state of the tool at that index, and the text for the last column.
    private func show(
        _ tools: [Answer<ToolForm>],
        of json: [JSONValue],
        _ title: String,
        _ session: Session,
        about: (Int, Answer<ToolForm>) -> (state: Cell, text: Cell)
    ) {
        let hasAliases = tools.contains { $0.alias != nil }
        let last = Heading(title).yields(.first)
        var table =
            hasAliases
            ? Table("NAME", Heading("OWN NAME").yields(.second), "STATE", last) : Table("NAME", "STATE", last)
        for (position, tool) in tools.enumerated() {
            let (state, text) = about(position, tool)
            let ownName = hasAliases ? [Cell(tool.alias == nil ? nil : tool.tool)] : []
            table.add(cells: [.text(tool.name)] + ownName + [state, text], nowMs: 0)
        }
        // Other commands take names of tools, and a refused tool may have any name.
        let isForCommands = session.form == .name
        let named = json.enumerated().filter { !isForCommands || tools[$0.offset].state != "refused" }
        session.answer(
            ["tools": .array(named.map { $0.element })],
            table,
            ifEmpty: state == nil
                ? "no tools yet; `mcp-gateway target refresh` reads them"
                : "no tools in that state; `mcp-gateway tool list` shows all"
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
