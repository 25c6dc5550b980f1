import Config
import Control
import HTTP
import MCP
import Policy
package import REST
import Store

/// Aliases: names of tools that agents use in place of the target's own.
extension Tools {
    package struct AliasArguments: Arguments {
        package let tool = aliasedToolInPath
        package let alias = Argument.member(
            "alias",
            .text(
                1...128,
                pattern: "^(prompt:)?[A-Za-z0-9_.-]+$",
                "the name after target___; a prompt's begins with prompt:"
            )
        )
        package let dryRun = Argument.dryRun

        package init() {}
    }

    package static let alias = AdminOperation(
        .put,
        "/tools/{tool}/alias",
        id: "toolAlias",
        "Exposes a tool by another name than its own; what is approved of it stays so.",
        takes: AliasArguments.self,
        answers: ToolAliasForm.self,
        problems: [.notFound, .conflict],
        verb: .own("tool alias")
    ) { call throws(Problem) in
        try await call.setAlias(call.alias, of: call.tool)
    }

    package struct AliasRemoveArguments: Arguments {
        package let tool = aliasedToolInPath
        package let dryRun = Argument.dryRun

        package init() {}
    }

    package static let aliasRemove = AdminOperation(
        .delete,
        "/tools/{tool}/alias",
        id: "toolAliasRemove",
        "Exposes a tool by its own name again; it is refused if that can't be.",
        takes: AliasRemoveArguments.self,
        answers: ToolAliasForm.self,
        problems: [.notFound, .conflict]
    ) { call throws(Problem) in
        try await call.setAlias(nil, of: call.tool)
    }

    private static var aliasedToolInPath: Argument<String> {
        .path("tool", .catalogName, "target___tool, with the target's own name for it")
    }
}

extension OperationCall where Service == Services {
    /// Changes an alias. If the catalog lacks the tool because its name was refused, its target is refreshed at once.
    fileprivate func setAlias(
        _ alias: String?,
        of tool: String
    ) async throws(Problem) -> ToolAliasForm.Record {
        let toolNameMax = services.defaults.toolNameMax
        var outcome = try await write { writing throws(StoreError) in
            let change = try writing.setAlias(alias, of: tool, toolNameMax: toolNameMax)
            return ToolAliasForm.Record(
                change: change,
                standing: try writing.reading.standing(of: change),
                rules: AliasedRule.all(about: change, in: try writing.reading.loadSnapshot())
            )
        }
        if alias != nil, [.missing, .refused].contains(outcome.standing.state), !isDryRun {
            let change = outcome.change
            let failure = await refreshFailure(of: change.target)
            outcome.standing = try await read { reading throws(StoreError) in
                try reading.standing(of: change)
            }
            if let failure { outcome.standing.reason = "its tools could not be read: \(failure)" }
        }
        return outcome
    }

    /// Why the target's tools could not be read; `nil` when they could.
    private func refreshFailure(of target: Store::TargetName) async -> String? {
        do throws(StoreError) { return try await services.inquiry.refresh(target).first?.error } catch {
            return error.description
        }
    }
}

/// The JSON form of a change of an alias; docs/cli-json.md describes it.
package struct ToolAliasForm: Form {
    package struct Record: Sendable {
        let change: AliasChange
        var standing: ToolStanding
        let rules: [AliasedRule]
    }

    package static let component: String? = "ToolAlias"

    package let name = Member(
        "name",
        .text(1...Coding.catalogNameMax, "what agents call it now"),
        \Record.change.exposedName
    )
    package let previousName = Member(
        "previousName",
        .text(1...Coding.catalogNameMax, "what they called it"),
        \Record.change.previousName
    )
    package let target = Member("target", .name, \Record.change.target.text)
    package let tool = Member("tool", .text(1...256, "what the target calls it"), \Record.change.tool)
    package let alias = Member("alias", .text(1...128), \Record.change.after)
    package let state = Member(
        "state",
        .word(of: ToolStanding.State.self, "of the tool"),
        \Record.standing.state.rawValue
    )
    package let reason = Member(
        "reason",
        .text(0...4_096, "why it is refused or missing"),
        \Record.standing.reason
    )
    package let rules = Member(
        "rules",
        listOf: AliasedRuleForm.self,
        summary: "rules that match one of the two names alone",
        \Record.rules
    )

    package init() {}
}

/// The state of a tool in the catalog.
package struct ToolStanding: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case active, quarantined, refused
        /// The target doesn't list it.
        case missing
    }

    var state: State
    var reason: String?
}

extension ReadTransaction {
    fileprivate borrowing func standing(of change: AliasChange) throws(StoreError) -> ToolStanding {
        if let tool = try tools(of: change.target, kinds: [.tool, .prompt]).first(where: {
            $0.name == change.tool
        }) {
            return ToolStanding(state: tool.state == .active ? .active : .quarantined)
        }
        let refused = try refusedTools(of: change.target).first { $0.tool.name == change.tool }
        return refused.map { ToolStanding(state: .refused, reason: $0.tool.reason) }
            ?? ToolStanding(state: .missing)
    }
}
