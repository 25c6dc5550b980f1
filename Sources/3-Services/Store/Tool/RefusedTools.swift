import Database
package import MCP

/// A tool that a target lists and that the catalog doesn't take.
package struct RefusedTool: Sendable, Hashable {
    /// The target's name for it, in a form that can be shown; `#3` for the third tool of a page when it has none.
    package let name: String
    /// The member that is wrong, e.g. `inputSchema.required`; empty for the whole definition.
    package let member: String
    /// One sentence that says what is wrong.
    package let reason: String

    /// The most refused tools that are kept for one target.
    package static let countMax = 1_000
    /// The most characters of each text.
    package static let textLengthMax = 400

    /// Texts are cut to `textLengthMax`.
    package init(name: String, member: String, reason: String) {
        self.name = String(name.prefix(Self.textLengthMax))
        self.member = String(member.prefix(Self.textLengthMax))
        self.reason = String(reason.prefix(Self.textLengthMax))
    }
}

/// A refused tool as it is stored.
package struct RefusedToolRecord: Sendable, Equatable {
    package let target: TargetName
    package let tool: RefusedTool
    package let firstSeenAtMs: Int64

    /// What agents would call it; not always a name that a tool could have.
    package var exposedName: String { ToolRecord.exposedName(target: target.text, tool: tool.name) }
}

extension ReadTransaction {
    /// The entries of some kinds that were refused at the last refresh of one target, or of all; by target, then by name.
    /// - Throws: `.notFound` for a target that isn't there.
    package borrowing func refusedTools(
        of target: TargetName? = nil,
        kinds: [CatalogKind]
    ) throws(StoreError) -> [RefusedToolRecord] {
        try refusedTools(of: target).filter { kinds.contains(CatalogKind(catalogName: $0.tool.name)) }
    }

    /// The same of all kinds.
    package borrowing func refusedTools(
        of target: TargetName? = nil
    ) throws(StoreError) -> [RefusedToolRecord] {
        let select = """
            SELECT target.name, refused_tool.name, refused_tool.member, refused_tool.reason,
                refused_tool.first_seen_ms
            FROM refused_tool JOIN target ON target.id = refused_tool.target_id
            """
        let order = "ORDER BY target.name, refused_tool.name, refused_tool.member, refused_tool.reason"
        func record(_ row: borrowing Row) throws(StoreError) -> RefusedToolRecord {
            RefusedToolRecord(
                target: try checked(TargetName(row.text(at: 0) ?? "")),
                tool: refusedTool(row, from: 1),
                firstSeenAtMs: row.int64(at: 4)
            )
        }
        guard let target else {
            return try rows("\(select) \(order)") { row throws(StoreError) in try record(row) }
        }
        let id = try self.target(target).id
        return try rows("\(select) WHERE target.id = ? \(order)", [.integer(id)]) { row throws(StoreError) in
            try record(row)
        }
    }

    /// Why a tool of that exposed name is refused; `nil` when no such tool is.
    package borrowing func refusal(ofTool exposedName: String) throws(StoreError) -> RefusedToolRecord? {
        let parts = exposedName.split(separator: "___", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let name = try? TargetName(String(parts[0])),
            let target = try targetIfAny(name)
        else { return nil }
        return try refusedTools(of: target.name).first { $0.tool.name == String(parts[1]) }
    }

    fileprivate borrowing func refusedTools(ofTarget id: Int64) throws(StoreError) -> [RefusedTool] {
        try rows(
            "SELECT name, member, reason FROM refused_tool WHERE target_id = ?",
            [.integer(id)]
        ) { row throws(StoreError) in refusedTool(row, from: 0) }
    }
}

extension WriteTransaction {
    /// Makes the refused tools of a target those given; of more than `RefusedTool.countMax` the first are kept. Those of
    /// other kinds stay.
    /// - Returns: those that weren't refused for that reason before.
    borrowing func replaceRefusedTools(
        of targetID: Int64,
        with tools: [RefusedTool],
        kinds: Set<CatalogKind>,
        at nowMs: Int64
    ) throws(StoreError) -> [RefusedTool] {
        var gone = Set(
            try reading.refusedTools(ofTarget: targetID).filter {
                kinds.contains(CatalogKind(catalogName: $0.name))
            }
        )
        var seen: Set<RefusedTool> = []
        var news: [RefusedTool] = []
        for tool in tools {
            guard seen.count < RefusedTool.countMax else { break }
            guard seen.insert(tool).inserted, gone.remove(tool) == nil else { continue }
            news.append(tool)
        }
        for tool in gone {
            try run(
                "DELETE FROM refused_tool WHERE target_id = ? AND name = ? AND member = ? AND reason = ?",
                [.integer(targetID), .text(tool.name), .text(tool.member), .text(tool.reason)]
            )
        }
        for tool in news { try insertRefusedTool(tool, of: targetID, at: nowMs) }
        return news
    }

    /// Stores one more refused tool; does nothing when it is stored already.
    borrowing func insertRefusedTool(
        _ tool: RefusedTool,
        of targetID: Int64,
        at nowMs: Int64
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO refused_tool (target_id, name, member, reason, first_seen_ms) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (target_id, name, member, reason) DO NOTHING
            """,
            [
                .integer(targetID), .text(tool.name), .text(tool.member), .text(tool.reason),
                .integer(nowMs),
            ]
        )
    }
}

private func refusedTool(_ row: borrowing Row, from column: Int) -> RefusedTool {
    RefusedTool(
        name: row.text(at: column) ?? "",
        member: row.text(at: column + 1) ?? "",
        reason: row.text(at: column + 2) ?? ""
    )
}
