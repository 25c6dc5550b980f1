import Bytes
package import MCP
import Policy
import Database
import Text

extension ReadTransaction {
    /// The tools of one target, or of all, or its entries of other kinds; by target, then in the order in which the target
    /// lists them.
    /// - Throws: `.notFound` for a target that isn't there.
    package borrowing func tools(
        of target: TargetName? = nil,
        kinds: [CatalogKind] = [.tool]
    ) throws(StoreError) -> [ToolRecord] {
        // As many as there are, the rest nothing.
        let words = CatalogKind.allCases.indices.map { index in
            Value(kinds.indices.contains(index) ? kinds[index].rawValue : nil)
        }
        guard let target else {
            return try rows(
                """
                \(selectTools) WHERE tool.kind IN (?, ?, ?, ?, ?)
                ORDER BY target.name, tool.kind, tool.position
                """,
                words
            ) { row throws(StoreError) in try toolRecord(row) }
        }
        let id = try self.target(target).id
        return try rows(
            """
            \(selectTools) WHERE tool.kind IN (?, ?, ?, ?, ?) AND target.id = ?
            ORDER BY tool.kind, tool.position
            """,
            words + [.integer(id)]
        ) { row throws(StoreError) in try toolRecord(row) }
    }

    /// The tool of an exposed name, `<target>___<tool>`.
    /// - Throws: `.notFound`, also for a text that can't be a tool's name.
    package borrowing func tool(exposedName: String) throws(StoreError) -> ToolRecord {
        let found = try rows(
            "\(selectTools) WHERE target.name || '___' || \(exposedWord) = ?",
            [.text(exposedName)]
        ) { row throws(StoreError) in try toolRecord(row) }
        guard let tool = found.first else {
            let renamed = try rows(
                "\(selectTools) WHERE target.name || '___' || tool.name = ?",
                [.text(exposedName)]
            ) { row throws(StoreError) in try toolRecord(row) }
            if let renamed = renamed.first {
                throw StoreError(
                    .notFound,
                    "there is no tool \(quoted(exposedName)): it has an alias",
                    hint: "it is exposed as \(renamed.exposedName)"
                )
            }
            throw StoreError(
                .notFound,
                "there is no tool \(quoted(exposedName))",
                hint: "`mcp-gateway tool list` shows the tools, as target___tool"
            )
        }
        return tool
    }
}

/// The part of a tool's exposed name after `___`, for a SELECT that joins `tool` with its `alias`.
let exposedWord = "coalesce(alias.alias, tool.name)"

/// Joins a tool's alias to it.
let joinAlias = "LEFT JOIN alias ON alias.target_id = tool.target_id AND alias.tool_name = tool.name"

private let selectTools = """
    SELECT target.name, tool.name, tool.definition, tool.sha256, tool.state, tool.first_seen_ms,
        tool.updated_at_ms, tool.served, tool.notes, tool.rules, alias.alias, tool.function,
        tool.kind
    FROM tool JOIN target ON target.id = tool.target_id \(joinAlias)
    """

private func toolRecord(_ row: borrowing Row) throws(StoreError) -> ToolRecord {
    ToolRecord(
        target: try checked(TargetName(row.text(at: 0) ?? "")),
        definition: ToolDefinition(
            kind: catalogKind(row, at: 12),
            name: row.text(at: 1) ?? "",
            function: row.text(at: 11),
            json: row.blob(at: 2) ?? [],
            sha256: try storedDigest(row, at: 3),
            served: row.blob(at: 7),
            notes: [ToolNote](stored: row.text(at: 8) ?? "[]"),
            rules: Int(row.int64(at: 9))
        ),
        alias: row.text(at: 10),
        state: toolState(row, at: 4),
        firstSeenAtMs: row.int64(at: 5),
        updatedAtMs: row.int64(at: 6)
    )
}

/// A newer program's kinds come with a newer schema, which this one doesn't open.
func catalogKind(_ row: borrowing Row, at column: Int) -> CatalogKind {
    CatalogKind(rawValue: row.text(at: column) ?? "") ?? .tool
}

/// A state that this program doesn't know hides the tool.
func toolState(_ row: borrowing Row, at column: Int) -> ToolEntry.State {
    ToolEntry.State(rawValue: row.text(at: column) ?? "") ?? .quarantined
}

func storedDigest(_ row: borrowing Row, at column: Int) throws(StoreError) -> Digest {
    guard let digest = Digest(row.blob(at: column) ?? []) else {
        throw StoreError(
            .corrupt,
            "the store holds a hash that isn't 32 bytes",
            hint: "restore it from a backup"
        )
    }
    return digest
}
