import HTTP
import JSON
import Policy
import REST
import Store

/// `/tools`, by the names that agents call.
func toolRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        Route(
            .get,
            "/tools",
            id: "toolList",
            "Lists the tools of the catalog, by target, then in the target's order.",
            parameters: [
                .query("target", .string(1...1_024), "only this target's"),
                .query("state", .oneOf(["active", "quarantined"]), "only those in this state"),
            ] + Page.parameters,
            answer: Page.schema("tools", of: .reference("Tool")),
            problems: [.notFound]
        ) { call throws(Problem) in
            let page = try Page(call, list: "tools")
            let (target, state) = (call.query("target"), call.query("state"))
            let tools = try await services.read { reading throws(StoreError) in
                var name: TargetName?
                if let target { name = try TargetName(target) }
                return try reading.tools(of: name).filter { state == nil || $0.state.rawValue == state }
            }
            return answer(page, tools)
        },
        Route(
            .get,
            "/tools/{tool}",
            id: "toolShow",
            "Shows a tool with its definition, as its target sent it.",
            parameters: [toolInPath],
            answer: .reference("ToolWithDefinition"),
            problems: [.notFound]
        ) { call throws(Problem) in
            let name = call.path("tool")
            let tool = try await services.read { reading throws(StoreError) in
                try reading.tool(exposedName: name)
            }
            return APIReply(.object(tool.json.with(("definition", tool.parsed))))
        },
    ] + toolApprovalRoutes(services) + toolAliasRoutes(services)
}

/// The order is the target's own, so a place is found by its name. When that tool has gone meanwhile, its target's tools
/// come again: better twice than never.
private func answer(_ page: Page, _ tools: [ToolRecord]) -> APIReply {
    let position = page.after.flatMap { place in tools.firstIndex { $0.exposedName == place } }
    let target = page.after.flatMap { ToolRecord.target(ofExposedName: $0) }
    let indexed = Array(tools.enumerated())
    return page.answer(
        "tools",
        indexed,
        place: { $0.element.exposedName },
        isAfter: { item, _ in
            if let position { return item.offset > position }
            return target.map { item.element.target.text >= $0 } ?? true
        },
        json: { .object($0.element.json) }
    )
}

extension ToolRecord {
    /// What stands before the first `___`.
    static func target(ofExposedName name: String) -> String? {
        let parts = name.split(separator: "___", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : nil
    }
}

/// A tool in a path.
let toolInPath = Parameter.path("tool", .string(1...512), "its exposed name, target___tool")
