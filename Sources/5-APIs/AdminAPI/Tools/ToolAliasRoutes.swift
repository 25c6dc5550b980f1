import Config
import Control
import HTTP
import JSON
import Model
import Policy
import REST
import Store

/// What a tool is called by agents, where that isn't the target's own name.
func toolAliasRoutes(_ services: Services) -> [Route<AdminCaller>] {
    [
        Route(
            .put,
            "/tools/{tool}/alias",
            id: "toolAlias",
            "Exposes a tool by another name than its own; what is approved of it stays so.",
            parameters: [aliasedToolInPath, .dryRun],
            body: .object([
                .required(
                    "alias",
                    .string(1...128, pattern: "^[A-Za-z0-9_.-]+$", "what stands behind target___")
                )
            ]),
            answer: .reference("ToolAlias"),
            problems: [.notFound, .conflict]
        ) { call throws(Problem) in
            try await services.setAlias(call.text("alias"), call)
        },
        Route(
            .delete,
            "/tools/{tool}/alias",
            id: "toolAliasRemove",
            "Exposes a tool by its own name again; it is refused if that can't be.",
            parameters: [aliasedToolInPath, .dryRun],
            answer: .reference("ToolAlias"),
            problems: [.notFound, .conflict]
        ) { call throws(Problem) in
            try await services.setAlias(nil, call)
        },
    ]
}

private let aliasedToolInPath = Parameter.path(
    "tool",
    .string(1...512),
    "target___tool, with the target's own name for it"
)

extension Services {
    /// A tool that the catalog hasn't, as it was refused for its name, is asked for at once.
    fileprivate func setAlias(
        _ alias: String?,
        _ call: APICall<AdminCaller>
    ) async throws(Problem) -> APIReply {
        let (tool, toolNameMax) = (call.path("tool"), defaults.toolNameMax)
        var outcome = try await write(call) { writing throws(StoreError) in
            let change = try writing.setAlias(alias, of: tool, toolNameMax: toolNameMax)
            return AliasOutcome(
                change: change,
                standing: try writing.reading.standing(of: change),
                rules: AliasedRule.all(about: change, in: try writing.reading.loadSnapshot())
            )
        }
        if alias != nil, [.missing, .refused].contains(outcome.standing.state), !call.isDryRun {
            let change = outcome.change
            let failure = await refreshFailure(of: change.target)
            outcome.standing = try await read { reading throws(StoreError) in try reading.standing(of: change)
            }
            if let failure { outcome.standing.reason = "its tools could not be read: \(failure)" }
        }
        return APIReply(outcome.json)
    }

    /// Why the target's tools could not be read; `nil` when they could.
    private func refreshFailure(of target: TargetName) async -> String? {
        do throws(StoreError) { return try await inquiry.refresh(target).first?.error } catch {
            return error.description
        }
    }
}

private struct AliasOutcome: Sendable {
    let change: AliasChange
    var standing: ToolStanding
    let rules: [AliasedRule]

    var json: JSONValue {
        [
            "name": .string(change.exposedName),
            "previousName": .string(change.previousName),
            "target": .string(change.target.text),
            "tool": .string(change.tool),
            "alias": .optional(change.after),
            "state": .string(standing.state.rawValue),
            "reason": .optional(standing.reason),
            "rules": .array(rules.map { $0.json }),
        ]
    }
}

let toolAliasSchema = Schema.object([
    .required("name", .string(1...512, "what agents call it now")),
    .required("previousName", .string(1...512, "what they called it")),
    .required("target", .name),
    .required("tool", .string(1...256, "what the target calls it")),
    .required("alias", .string(1...128).orNull),
    .required("state", .oneOf(ToolStanding.State.allCases.map { $0.rawValue }, "of the tool")),
    .required("reason", .string(0...4_096, "why it is refused or missing").orNull),
    .required("rules", .array(aliasedRuleSchema, "rules that match one of the two names alone")),
])

/// How a tool stands in the catalog.
struct ToolStanding: Sendable, Equatable {
    enum State: String, Sendable, CaseIterable {
        case active, quarantined, refused
        /// The target doesn't list it.
        case missing
    }

    var state: State
    var reason: String?
}

extension ReadTransaction {
    fileprivate borrowing func standing(of change: AliasChange) throws(StoreError) -> ToolStanding {
        if let tool = try tools(of: change.target).first(where: { $0.name == change.tool }) {
            return ToolStanding(state: tool.state == .active ? .active : .quarantined)
        }
        let refused = try refusedTools(of: change.target).first { $0.tool.name == change.tool }
        return refused.map { ToolStanding(state: .refused, reason: $0.tool.reason) }
            ?? ToolStanding(state: .missing)
    }
}
