import Database
package import MCP
import Policy

/// A stored tool that other rules have judged, or none.
package struct UnjudgedTool: Sendable {
    package let target: TargetName
    package let allowsHidden: Bool
    package let kind: CatalogKind
    /// What the catalog calls it.
    package let name: String
    /// The alias that it's exposed by in place of its own name, if it has one.
    package let alias: String?
    /// Its own function, if it has one.
    package let function: String?
    /// The definition as the target sent it.
    package let json: [UInt8]
}

/// The result of applying the rules to a stored tool.
package enum ToolJudgement: Sendable, Equatable {
    /// `served` is `nil` when the definition itself is served.
    case served([UInt8]?, notes: [ToolNote])
    case refused(RefusedTool)
}

/// The numbers of tools that were judged again.
package struct JudgementCounts: Sendable, Equatable {
    package var judged = 0
    /// Tools whose served form is another one than before.
    package var changed = 0
    package var refused = 0

    package init(judged: Int = 0, changed: Int = 0, refused: Int = 0) {
        self.judged = judged
        self.changed = changed
        self.refused = refused
    }
}

extension ReadTransaction {
    /// Whether any tool was judged by other rules than these, or by none. Reads an index only.
    package borrowing func hasToolsJudged(byOtherRulesThan rules: Int) throws(StoreError) -> Bool {
        let found = try rows(
            "SELECT 1 FROM tool WHERE rules < ? OR rules > ? LIMIT 1",
            [Value(rules), Value(rules)]
        ) { row throws(StoreError) in row.int64(at: 0) }
        return !found.isEmpty
    }
}

extension WriteTransaction {
    /// Judges every tool again that other rules have judged, or none; of one target, or of all.
    ///
    /// Changes what lists show, never what approvals are bound to. A tool that is refused leaves the catalog, as at
    /// a refresh. One transaction; linear in the tools to be judged.
    /// - Parameter rules: the version of the rules that `judge` applies, from 1.
    package borrowing func judgeTools(
        of target: TargetName? = nil,
        rules: Int,
        _ judge: (UnjudgedTool) -> ToolJudgement
    ) throws(StoreError) -> JudgementCounts {
        let now = clock()
        // One tool at a time, as the definitions may have hundreds of megabytes together.
        let ids = try reading.rows(
            """
            SELECT tool.id FROM tool JOIN target ON target.id = tool.target_id
            WHERE tool.rules <> ? AND target.name = coalesce(?, target.name)
            """,
            [Value(rules), Value(target?.text)]
        ) { row throws(StoreError) in row.int64(at: 0) }
        var counts = JudgementCounts()
        for id in ids {
            try reading.forEachRow(
                """
                SELECT target.id, target.name, target.allow_hidden, tool.name, tool.definition, tool.served,
                    alias.alias, tool.function, tool.kind
                FROM tool JOIN target ON target.id = tool.target_id \(joinAlias) WHERE tool.id = ?
                """,
                [.integer(id)]
            ) { row throws(StoreError) in
                counts.judged += 1
                let tool = UnjudgedTool(
                    target: try checked(TargetName(row.text(at: 1) ?? "")),
                    allowsHidden: row.int64(at: 2) != 0,
                    kind: catalogKind(row, at: 8),
                    name: row.text(at: 3) ?? "",
                    alias: row.text(at: 6),
                    function: row.text(at: 7),
                    json: row.blob(at: 4) ?? []
                )
                switch judge(tool) {
                case .served(let served, let notes):
                    let isChanged = served != row.blob(at: 5)
                    if isChanged { counts.changed += 1 }
                    try store(served, isChanged, notes, rules, on: id)
                case .refused(let refused):
                    counts.refused += 1
                    try insertRefusedTool(refused, of: row.int64(at: 0), at: now)
                    try run("DELETE FROM tool WHERE id = ?", [.integer(id)])
                }
            }
        }
        return counts
    }

    /// Writes the served form only when it has changed: that alone concerns lists.
    private borrowing func store(
        _ served: [UInt8]?,
        _ isChanged: Bool,
        _ notes: [ToolNote],
        _ rules: Int,
        on id: Int64
    ) throws(StoreError) {
        try run(
            "UPDATE tool SET notes = ?, rules = ? WHERE id = ?",
            [.text(notes.stored), Value(rules), .integer(id)]
        )
        guard isChanged else { return }
        try run(
            "UPDATE tool SET served = ? WHERE id = ?",
            [served.map { .blob($0) } ?? .null, .integer(id)]
        )
    }
}
