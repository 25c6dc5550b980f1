import Bytes
import JSON
import MCP
import Policy
import Database

/// The tools that a refresh holds back from everybody.
///
/// An operator's quarantine stays through every refresh, also when the tool goes and comes back. Where a target pins
/// definitions and needs no subscription, there is no approval to bind them to: the tools of its first refresh are
/// accepted, and those that a later one adds or changes wait for `approveTool`.
struct RefreshQuarantine {
    let targetID: Int64
    let isFirstRefresh: Bool
    let holdsBackChanges: Bool
    /// The names of the tools that are held back, as bytes.
    let names: Set<[UInt8]>
    /// [a tool's own name] → its alias
    let aliases: [String: String]

    /// Whether a tool that is new to the catalog starts in quarantine.
    func holdsBackNew(_ name: String, _ write: borrowing WriteTransaction) throws(StoreError) -> Bool {
        if names.contains(Array(name.utf8)) { return true }
        guard holdsBackChanges else { return false }
        try write.holdBack(name, targetID: targetID, inForce: nil, alias: nil)
        return true
    }

    /// Holds a changed tool back; `old` is its definition in the catalog before the change.
    func holdBackChanged(
        _ old: Model::ToolDefinition,
        _ write: borrowing WriteTransaction
    ) throws(StoreError) {
        guard holdsBackChanges, !names.contains(Array(old.name.utf8)) else { return }
        try write.holdBack(old.name, targetID: targetID, inForce: old, alias: aliases[old.name])
    }
}

extension WriteTransaction {
    /// Holds a tool back from every tenant, whatever they are approved for, until `approveTool`. Idempotent.
    /// - Throws: `.notFound`.
    @discardableResult
    package borrowing func quarantineTool(_ exposedName: String) throws(StoreError) -> ToolRecord {
        let found = try reading.tool(exposedName: exposedName)
        if found.state == .quarantined { return found }
        let target = try reading.target(found.target)
        try holdBack(found.name, targetID: target.id, inForce: found.definition, alias: found.alias)
        try audit(
            "tool.quarantine",
            "tool:\(exposedName)",
            before: ["state": .string(found.state.rawValue)],
            after: ["state": .string(ToolEntry.State.quarantined.rawValue)]
        )
        return try reading.tool(exposedName: exposedName)
    }

    /// What a refresh of the target must hold back. To be read before the refresh is noted on the target.
    borrowing func refreshQuarantine(targetID: Int64) throws(StoreError) -> RefreshQuarantine {
        let declared = try reading.rows(
            "SELECT refreshed_at_ms IS NULL, approval = 'open' AND pin_definitions IS NOT DISTINCT FROM 1 FROM target WHERE id = ?",
            [.integer(targetID)]
        ) { row throws(StoreError) in (isFirst: row.int64(at: 0) != 0, isPinnedOpen: row.int64(at: 1) != 0) }
        let names = try reading.rows(
            "SELECT tool_name FROM quarantine WHERE target_id = ?",
            [.integer(targetID)]
        ) { row throws(StoreError) in Array((row.text(at: 0) ?? "").utf8) }
        let isFirst = declared.first?.isFirst ?? true
        return RefreshQuarantine(
            targetID: targetID,
            isFirstRefresh: isFirst,
            holdsBackChanges: !isFirst && declared.first?.isPinnedOpen == true,
            names: Set(names),
            aliases: try reading.aliases(ofTargetID: targetID).byTool
        )
    }

    /// Holds back a tool of a target that pins definitions and needs no subscription, because its file gave it
    /// another name.
    /// - Parameter before: the alias that it had.
    borrowing func holdBackRenamed(
        _ name: String,
        before: String?,
        target: TargetRecord
    ) throws(StoreError) {
        guard target.spec.approval == .open, target.spec.pinDefinitions == true else { return }
        let tools = try reading.tools(of: target.name, kinds: [.tool, .prompt])
        guard let tool = tools.first(where: { $0.name == name }), tool.state == .active else { return }
        try holdBack(name, targetID: target.id, inForce: tool.definition, alias: before)
    }

    /// Quarantines a tool by name; keeps the definition and the alias that were in force, to compare with.
    fileprivate borrowing func holdBack(
        _ name: String,
        targetID: Int64,
        inForce: Model::ToolDefinition?,
        alias: String?
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO quarantine (target_id, tool_name, sha256, alias) VALUES (?, ?, ?, ?)
            ON CONFLICT (target_id, tool_name) DO NOTHING
            """,
            [
                .integer(targetID), .text(name), inForce.map { .blob($0.sha256.bytes) } ?? .null,
                Value(alias),
            ]
        )
        if let inForce {
            try run(
                "INSERT INTO definition (sha256, json) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING",
                [.blob(inForce.sha256.bytes), .blob(inForce.json)]
            )
        }
        try run(
            "UPDATE tool SET state = 'quarantined' WHERE target_id = ? AND name = ?",
            [.integer(targetID), .text(name)]
        )
    }

    /// Lifts a tool's quarantine.
    borrowing func release(_ name: String, targetID: Int64) throws(StoreError) {
        try run(
            "DELETE FROM quarantine WHERE target_id = ? AND tool_name = ?",
            [.integer(targetID), .text(name)]
        )
        try run(
            "UPDATE tool SET state = 'active' WHERE target_id = ? AND name = ?",
            [.integer(targetID), .text(name)]
        )
    }
}
