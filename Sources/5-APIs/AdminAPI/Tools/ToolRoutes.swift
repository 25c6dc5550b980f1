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
            "Lists tools by target, in the target's order, then those of it that are refused.",
            parameters: [
                .query("target", .string(1...1_024), "only this target's"),
                .query("state", .oneOf(toolStates), "only those in this state"),
            ] + Page.parameters,
            answer: Page.schema("tools", of: .reference("Tool")),
            problems: [.notFound]
        ) { call throws(Problem) in
            let page = try Page(call, list: "tools")
            let (target, state) = (call.query("target"), call.query("state"))
            let tools = try await services.read { reading throws(StoreError) in
                var name: TargetName?
                if let target { name = try checked(TargetName(target)) }
                let listed = ListedTool.all(try reading.tools(of: name), try reading.refusedTools(of: name))
                return listed.filter { state == nil || $0.state == state }
            }
            return page.answer(tools)
        },
        Route(
            .get,
            "/tools/{tool}",
            id: "toolShow",
            "Shows a tool with its definition, as its target sent it, or why it is refused.",
            parameters: [toolInPath],
            answer: .reference("ToolWithDefinition"),
            problems: [.notFound]
        ) { call throws(Problem) in
            let name = call.path("tool")
            switch try await services.listedTool(name) {
            case .served(let tool): return APIReply(.object(tool.json.with(("definition", tool.parsed))))
            case .refused(let tool, _): return APIReply(.object(tool.json.with(("definition", .null))))
            }
        },
    ] + toolApprovalRoutes(services) + toolAliasRoutes(services)
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
