import JSON
import MCP
import Policy
import Database
import Text

/// What `setAlias` did about a tool.
package struct AliasChange: Sendable, Equatable {
    package var target: TargetName
    /// What the target calls the tool.
    package var tool: String
    package var before: String?
    package var after: String?

    /// What agents call it from now on.
    package var exposedName: String { exposed(after) }
    /// What agents called it before.
    package var previousName: String { exposed(before) }

    private func exposed(_ alias: String?) -> String {
        ToolRecord.exposedName(target: target.text, tool: alias ?? tool)
    }
}

extension WriteTransaction {
    /// Exposes a tool by another name than its own, or by its own again. Idempotent.
    ///
    /// The operator who does this knows the name: the tool's approvals stay in force under it. A tool that can't be
    /// exposed by its own name is refused as soon as its alias is removed. A tool that was refused for its name comes
    /// with the next refresh.
    /// - Parameters:
    ///   - alias: the part of the exposed name after `___`; `nil` removes the alias.
    ///   - exposedName: `<target>___<tool>` with the tool's own name; an alias is understood too, where no tool has that name.
    ///   - toolNameMax: the longest exposed name, in characters.
    /// - Throws: `.notFound` for the tool, or an alias to remove; `.invalid` for an alias that can't be a name; `.conflict`
    ///   when another tool of the target has the name, or the target's file declares the tool's alias.
    @discardableResult
    package borrowing func setAlias(
        _ alias: String?,
        of exposedName: String,
        toolNameMax: Int
    ) throws(StoreError) -> AliasChange {
        let (target, tool) = try aliasedTool(exposedName)
        let found = target.aliases.first { $0.tool == tool }
        if let found, found.source == .file {
            throw StoreError(
                .conflict,
                "the alias of \(quoted(tool)) is \(origin(of: target))",
                hint: "change [aliases] in that file"
            )
        }
        let change = AliasChange(target: target.name, tool: tool, before: found?.name, after: alias)
        guard [.tool, .prompt].contains(CatalogKind(catalogName: tool)) else {
            throw StoreError(
                .invalid,
                "\(quoted(tool)) can't have an alias",
                hint: "tools and prompts alone have one; a resource keeps its URI"
            )
        }
        if let alias {
            if alias == found?.name { return change }
            try checkAlias(alias, of: tool, in: target, toolNameMax: toolNameMax)
            try store(ToolAlias(tool: tool, name: alias, source: .cli), of: target.id)
        } else {
            guard found != nil else {
                throw StoreError(
                    .notFound,
                    "tool \(quoted(exposedName)) has no alias",
                    hint: "`mcp-gateway tool list --target \(target.name)` shows which tools have one"
                )
            }
            if let other = target.aliases.first(where: { $0.name == tool }) {
                throw StoreError(
                    .conflict,
                    "the name \(quoted(tool)) is the alias of \(quoted(other.tool))",
                    hint: "give that tool another alias first"
                )
            }
            try forgetAlias(of: tool, targetID: target.id)
        }
        try moveApprovals(of: tool, targetID: target.id, to: alias)
        try auditAlias(change)
        try settleNames(of: target.name, toolNameMax: toolNameMax)
        return change
    }

    /// Makes the aliases that a target's file declares exactly those given, and says whether that changed any.
    ///
    /// They win over a command's alias for the same tool or with the same name, which is removed. Approvals stay with
    /// the names that they were given for, so where a target pins definitions a renamed tool waits for `approveTool`.
    borrowing func syncAliases(
        _ declared: [String: String],
        of name: TargetName,
        toolNameMax: Int
    ) throws(StoreError) -> Bool {
        let target = try reading.target(name)
        let stored = target.aliases
        let names = Set(declared.values)
        let gone = stored.filter { alias in
            alias.source == .file
                ? declared[alias.tool] != alias.name
                : declared[alias.tool] != nil || names.contains(alias.name)
        }
        let kept = Set(stored.filter { !gone.contains($0) && $0.source == .file }.map { $0.tool })
        let added = declared.filter { !kept.contains($0.key) }.sorted { $0.key < $1.key }
        guard !gone.isEmpty || !added.isEmpty else { return false }
        for alias in gone { try forgetAlias(of: alias.tool, targetID: target.id) }
        for (tool, alias) in added {
            try store(ToolAlias(tool: tool, name: alias, source: .file), of: target.id)
        }
        let before = gone.byTool
        for tool in Set(before.keys).union(added.map { $0.key }).sorted() where before[tool] != declared[tool]
        {
            try holdBackRenamed(tool, before: before[tool], target: target)
            try auditAlias(
                AliasChange(target: target.name, tool: tool, before: before[tool], after: declared[tool])
            )
        }
        try settleNames(of: name, toolNameMax: toolNameMax)
        return true
    }

    private borrowing func aliasedTool(
        _ exposedName: String
    ) throws(StoreError) -> (target: TargetRecord, tool: String) {
        let parts = exposedName.split(
            separator: ToolName.separator,
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard parts.count == 2 else {
            throw StoreError(
                .invalid,
                "\(quoted(exposedName)) is not a tool's name",
                hint: "give it as target___tool"
            )
        }
        let target = try reading.target(try checked(TargetName(String(parts[0]))))
        return (target, try reading.ownName(String(parts[1]), in: target))
    }

    private borrowing func checkAlias(
        _ alias: String,
        of tool: String,
        in target: TargetRecord,
        toolNameMax: Int
    ) throws(StoreError) {
        let kind = CatalogKind(catalogName: tool)
        guard CatalogKind(catalogName: alias) == kind else {
            throw StoreError(
                .invalid,
                "the alias \(quoted(alias)) is no \(kind.word)'s, and \(quoted(tool)) is a \(kind.word)",
                hint: kind == .prompt ? "give it as prompt:NAME" : "give a name without a colon"
            )
        }
        let naming = Result { () throws(ToolNameFault) in
            try ToolName(target: target.name.text, tool: kind.ownName(alias), lengthMax: toolNameMax)
        }
        if case .failure(let fault) = naming {
            throw StoreError(.invalid, "the alias can't be a tool's name: \(fault.description)")
        }
        guard alias != tool else {
            throw StoreError(
                .invalid,
                "\(quoted(alias)) is the tool's own name",
                hint: "--remove takes an alias away"
            )
        }
        var other = target.aliases.first { $0.name == alias }?.tool
        let isFree = target.aliases.contains { $0.tool == alias }
        if other == nil, !isFree, try reading.isListed(alias, targetID: target.id) { other = alias }
        if let other {
            throw StoreError(
                .conflict,
                "the target's tool \(quoted(other)) has the name \(quoted(alias))",
                hint: "choose another alias"
            )
        }
    }

    private borrowing func store(_ alias: ToolAlias, of targetID: Int64) throws(StoreError) {
        try run(
            """
            INSERT INTO alias (target_id, tool_name, alias, source, created_at_ms) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (target_id, tool_name) DO UPDATE SET alias = excluded.alias, source = excluded.source,
                created_at_ms = excluded.created_at_ms
            """,
            [
                .integer(targetID), .text(alias.tool), .text(alias.name), .text(alias.source.rawValue),
                .integer(clock()),
            ]
        )
    }

    private borrowing func forgetAlias(of tool: String, targetID: Int64) throws(StoreError) {
        try run("DELETE FROM alias WHERE target_id = ? AND tool_name = ?", [.integer(targetID), .text(tool)])
    }

    private borrowing func auditAlias(_ change: AliasChange) throws(StoreError) {
        try audit(
            "tool.alias",
            "tool:\(ToolRecord.exposedName(target: change.target.text, tool: change.tool))",
            before: ["name": .string(change.previousName), "alias": .optional(change.before)],
            after: ["name": .string(change.exposedName), "alias": .optional(change.after)]
        )
    }

    /// Refuses the tools that the target's aliases leave without a name that agents could call them by.
    ///
    /// The next refresh would refuse the same, but until then two tools would have one name, or one a name that is too long.
    private borrowing func settleNames(of name: TargetName, toolNameMax: Int) throws(StoreError) {
        let target = try reading.target(name)
        let naming = ToolNaming(target.name, target.aliases, lengthMax: toolNameMax)
        for tool in try reading.tools(of: name, kinds: [.tool, .prompt]) {
            guard let fault = naming.fault(tool.kind, tool.name) else { continue }
            try refuse(tool.name, fault.description, targetID: target.id)
        }
    }

    private borrowing func refuse(_ tool: String, _ reason: String, targetID: Int64) throws(StoreError) {
        try run("DELETE FROM tool WHERE target_id = ? AND name = ?", [.integer(targetID), .text(tool)])
        let refused = RefusedTool(name: tool, member: "name", reason: reason)
        try insertRefusedTool(refused, of: targetID, at: clock())
    }
}
