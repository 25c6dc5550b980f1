import Database
import Policy
import Text

extension ReadTransaction {
    /// Every target's aliases by its id, each target's in order of the tools' names.
    borrowing func allAliases() throws(StoreError) -> [Int64: [ToolAlias]] {
        var aliases: [Int64: [ToolAlias]] = [:]
        try forEachRow(
            "SELECT tool_name, alias, source, target_id FROM alias ORDER BY target_id, tool_name"
        ) { row throws(StoreError) in
            aliases[row.int64(at: 3), default: []].append(toolAlias(row))
        }
        return aliases
    }

    /// A target's aliases, in order of the tools' names; none for a target that is gone.
    package borrowing func aliases(ofTargetID targetID: Int64) throws(StoreError) -> [ToolAlias] {
        try rows(
            "SELECT tool_name, alias, source FROM alias WHERE target_id = ? ORDER BY tool_name",
            [.integer(targetID)]
        ) { row throws(StoreError) in toolAlias(row) }
    }

    /// Whether the target listed a tool of that own name at its last refresh, be it served or refused.
    borrowing func isListed(_ tool: String, targetID: Int64) throws(StoreError) -> Bool {
        try !rows(
            """
            SELECT 1 FROM tool WHERE target_id = ?1 AND name = ?2
            UNION SELECT 1 FROM refused_tool WHERE target_id = ?1 AND name = ?2
            """,
            [.integer(targetID), .text(tool)]
        ) { row throws(StoreError) in row.int64(at: 0) }.isEmpty
    }

    /// The target's own name for a tool that is given by that name, or else by its alias.
    /// - Parameter word: the part of an exposed name after `___`.
    /// - Throws: `.notFound` for a tool that the target doesn't list, not even as refused, and that has no alias.
    borrowing func ownName(_ word: String, in target: TargetRecord) throws(StoreError) -> String {
        if try isListed(word, targetID: target.id) || target.aliases.contains(where: { $0.tool == word }) {
            return word
        }
        if let alias = target.aliases.first(where: { $0.name == word }) { return alias.tool }
        throw StoreError(
            .notFound,
            "target \(target.name) lists no tool \(quoted(word))",
            hint: "`mcp-gateway tool list --target \(target.name)` shows its tools, as target___tool"
        )
    }
}

private func toolAlias(_ row: borrowing Row) -> ToolAlias {
    ToolAlias(
        tool: row.text(at: 0) ?? "",
        name: row.text(at: 1) ?? "",
        source: row.text(at: 2) == "file" ? .file : .cli
    )
}
