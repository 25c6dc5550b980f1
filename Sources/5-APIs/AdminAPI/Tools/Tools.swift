import Control
import HTTP
import MCP
import Policy
package import REST
package import Store

/// `/tools`: the tools, by their exposed names.
package enum Tools {
    static let all: [any AnyOperation<Services>] = [
        list, show, diff, impact, approve, quarantine, waiting, alias, aliasRemove, access,
    ]

    package struct ListArguments: Arguments {
        package let target = Argument.query("target", .target(.anyName), "only this target's")
        package let state = Argument.query("state", .oneOf(ShownTool.states), "only those in this state")
        let page = PageArguments()

        package init() {}
    }

    package static let list = AdminOperation(
        .get,
        "/tools",
        id: "toolList",
        "Lists tools by target, in the target's order, then those of it that are refused.",
        takes: ListArguments.self,
        answers: ListForm<ToolForm>.self,
        problems: [.notFound],
        verb: .own("tool list")
    ) { call throws(Problem) in
        let page = try call.page(of: "tools")
        let tools = try await call.read { reading throws(StoreError) in
            let (tools, refused) = (
                try reading.tools(of: call.target), try reading.refusedTools(of: call.target, kinds: [.tool])
            )
            return ListedTool.all(tools, refused).filter { call.state == nil || $0.state == call.state }
        }
        return page.cut(tools).map { $0.shown }
    }

    package struct ToolArguments: Arguments {
        package let tool = toolInPath

        package init() {}
    }

    package static let show = AdminOperation(
        .get,
        "/tools/{tool}",
        id: "toolShow",
        "Shows a tool with its definition, as its target sent it, or why it is refused.",
        takes: ToolArguments.self,
        answers: DefinedToolForm.self,
        problems: [.notFound],
        verb: .own("tool show")
    ) { call throws(Problem) in
        try await call.listedTool(call.tool).shown
    }

    package struct DiffArguments: Arguments {
        package let tool = toolInPath
        package let tenant = Argument.query(
            "tenant",
            .tenant(.anyName),
            "for this tenant's subscription alone"
        )

        package init() {}
    }

    package static let diff = AdminOperation.reading(
        "/tools/{tool}/diff",
        id: "toolDiff",
        "Shows what `approve` would take: the present definition against each that is in force.",
        takes: DiffArguments.self,
        answers: ToolApprovalForm.self,
        problems: [.notFound, .conflict]
    ) { reading, call throws(StoreError) in
        try reading.toolApproval(call.tool, tenant: call.tenant, nowMs: call.nowMs)
    }

    package struct ApproveArguments: Arguments {
        package let tool = toolInPath
        package let tenant = Argument.optional("tenant", .tenant())
        package let sha256 = Argument.optional(
            "sha256",
            .text(64...64, "of the definition that was looked at; another one is refused")
        )
        let dryRun = Argument.dryRun

        package init() {}
    }

    package static let approve = AdminOperation.changing(
        .post,
        "/tools/{tool}/approve",
        id: "toolApprove",
        "Takes a tool's present definition as good, for one tenant or for all.",
        takes: ApproveArguments.self,
        answers: ToolApprovalForm.self,
        isBodyOptional: true,
        problems: [.notFound, .conflict],
        verb: .own("tool approve")
    ) { writing, call, _ throws(StoreError) in
        try writing.approveTool(call.tool, tenant: call.tenant, ifSHA256: call.sha256)
    }

    struct QuarantineArguments: Arguments {
        let tool = toolInPath
        let dryRun = Argument.dryRun
    }

    private static let quarantine = AdminOperation.changing(
        .post,
        "/tools/{tool}/quarantine",
        id: "toolQuarantine",
        "Holds a tool back from everybody until it is approved.",
        takes: QuarantineArguments.self,
        answers: ToolForm.self,
        problems: [.notFound],
        verb: Verb(
            "tool quarantine",
            "Holds a tool back from everybody, at once, until it is approved.",
            example: "mcp-gateway tool quarantine time___convert_time",
            shows: .done { tool in
                let name = tool.name
                return "quarantined tool \(name); `mcp-gateway tool approve \(name)` gives it back"
            }
        )
    ) { writing, call, _ throws(StoreError) in
        ShownTool(try writing.quarantineTool(call.tool))
    }

    package struct WaitingArguments: Arguments {
        let page = PageArguments()

        package init() {}
    }

    package static let waiting = AdminOperation.listing(
        "/waiting-tools",
        id: "toolWaiting",
        "Lists the tools that wait for an approval, for everybody or for some subscriptions.",
        takes: WaitingArguments.self,
        of: WaitingToolForm.self,
        place: { $0.exposedName },
        isAfter: { tool, place in
            (tool.target.text, tool.exposedName) > (ToolRecord.target(ofExposedName: place) ?? "", place)
        }
    ) { reading, call throws(StoreError) in
        try reading.pendingApprovals(nowMs: call.nowMs)
    }

    /// The argument for a tool's name in a path.
    private static var toolInPath: Argument<String> {
        .path("tool", .catalogName, "its exposed name, target___tool").operand().offering(.tools)
    }
}

extension ToolRecord {
    /// The part of an exposed name before the first `___`.
    static func target(ofExposedName name: String) -> String? {
        let parts = name.split(separator: "___", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : nil
    }
}
