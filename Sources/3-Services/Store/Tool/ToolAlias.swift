package import MCP
package import Policy
import Database
import Text

/// The name that a tool is exposed by in place of the target's own.
package struct ToolAlias: Sendable, Equatable {
    /// What the target calls the tool, whether it lists it at present or not.
    package var tool: String
    /// What stands behind `___` in the exposed name; of one target no two are equal.
    package var name: String
    /// Whether the target's own file declares it, or a command did.
    package var source: TargetEntry.Source

    package init(tool: String, name: String, source: TargetEntry.Source) {
        self.tool = tool
        self.name = name
        self.source = source
    }
}

extension ToolNaming {
    /// With a target's aliases; `lengthMax` is the longest exposed name, in characters.
    package init(_ target: TargetName, _ aliases: [ToolAlias], lengthMax: Int) {
        self.init(target: target.text, aliases: aliases.byTool, lengthMax: lengthMax)
    }
}

extension [ToolAlias] {
    /// [a tool's own name] → its alias
    var byTool: [String: String] {
        Dictionary(map { ($0.tool, $0.name) }, uniquingKeysWith: { first, _ in first })
    }
}

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

    /// A target's, in order of the tools' names; none for a target that is gone.
    package borrowing func aliases(ofTargetID targetID: Int64) throws(StoreError) -> [ToolAlias] {
        try rows(
            "SELECT tool_name, alias, source FROM alias WHERE target_id = ? ORDER BY tool_name",
            [.integer(targetID)]
        ) { row throws(StoreError) in toolAlias(row) }
    }

    /// Whether the target lists a tool that it calls so, served or refused, as far as the last refresh knows.
    borrowing func isListed(_ tool: String, targetID: Int64) throws(StoreError) -> Bool {
        try !rows(
            """
            SELECT 1 FROM tool WHERE target_id = ?1 AND name = ?2
            UNION SELECT 1 FROM refused_tool WHERE target_id = ?1 AND name = ?2
            """,
            [.integer(targetID), .text(tool)]
        ) { row throws(StoreError) in row.int64(at: 0) }.isEmpty
    }

    /// The target's own name for a tool that somebody names: by that name, else by its alias.
    /// - Parameter word: what stands behind `___`.
    /// - Throws: `.notFound` for a tool that the target doesn't list, not even to be refused, and that has no alias.
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
