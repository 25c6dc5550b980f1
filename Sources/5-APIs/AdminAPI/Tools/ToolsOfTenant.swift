import MCP
import HTTP
package import REST
package import Store

/// All tools, with the access of one tenant or one of its keys.
extension Tools {
    package struct AccessArguments: Arguments {
        package let tenant = Argument.path("tenant", .tenant(.anyName), "who would call")
        package let key = Argument.query(
            "key",
            .anyName,
            "with which of its keys, by prefix; without, what the key's own patterns say is left out"
        )
        package let target = Argument.query("target", .target(.anyName), "only this target's")
        package let state = Argument.query(
            "state",
            .words(of: ToolVisibility.self),
            "only those that it sees, that it doesn't, or that nobody gets"
        )
        let page = PageArguments()

        package init() {}
    }

    package static let access = AdminOperation(
        .get,
        "/tenants/{tenant}/tools",
        id: "toolAccess",
        "Lists all tools with a tenant's access now, by target, with the rule that decided on each.",
        takes: AccessArguments.self,
        answers: ListForm<AccessedToolForm>.self,
        problems: [.notFound]
    ) { call throws(Problem) in
        let page = try call.page(of: "tenant tools")
        let now = call.nowMs
        let (access, tools) = try await call.read { reading throws(StoreError) in
            let access = try ToolAccess(of: call.tenant, key: call.key, in: reading, nowMs: now)
            let all = ListedTool.all(
                try reading.tools(of: call.target),
                try reading.refusedTools(of: call.target, kinds: [.tool])
            )
            guard let wanted = call.state else { return (access, all) }
            return (access, all.filter { access.visibility(of: $0) == wanted })
        }
        return page.cut(tools).map { AccessedTool(tool: $0.shown, access: access.explanation(of: $0)) }
    }
}

/// Whether a tenant sees a tool.
package enum ToolVisibility: String, Sendable, CaseIterable {
    case visible, hidden
    /// The target lists the tool, but it is refused for everybody.
    case refused
}

extension ToolAccess {
    fileprivate func visibility(of tool: ListedTool) -> ToolVisibility {
        if case .refused = tool { return .refused }
        return explanation(of: tool).isAllowed ? .visible : .hidden
    }
}

/// A tool, and a tenant's access to it.
package struct AccessedTool: Sendable {
    let tool: ShownTool
    let access: AccessForm.Record
}

/// The JSON form of a tool with a tenant's access to it; docs/cli-json.md describes it.
package struct AccessedToolForm: ListedForm {
    package typealias Record = AccessedTool

    package static let component: String? = "AccessedTool"
    package static let plural = "tools"
    package static let names = ToolForm.names

    package let about = Included(ToolForm.self, \Record.tool)
    package let access = Member("access", AccessForm.self, \Record.access)

    package init() {}
}
