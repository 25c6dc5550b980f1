import Bytes
package import MCP
import Policy
import Database
import Text

/// What a refresh changed, in numbers of tools.
package struct RefreshCounts: Sendable, Equatable {
    package var added = 0
    package var updated = 0
    package var removed = 0
    package var unchanged = 0

    package init(added: Int = 0, updated: Int = 0, removed: Int = 0, unchanged: Int = 0) {
        self.added = added
        self.updated = updated
        self.removed = removed
        self.unchanged = unchanged
    }
}

/// What a refresh did.
package struct RefreshOutcome: Sendable, Equatable {
    package var counts = RefreshCounts()
    /// Refused tools that weren't refused for that reason before.
    package var newlyRefused: [RefusedTool] = []
    /// Notes that the tools didn't have before.
    package var newlyNoted: [NotedTool] = []

    package init(counts: RefreshCounts = RefreshCounts()) { self.counts = counts }
}

extension WriteTransaction {
    /// Makes a target's entries of some kinds exactly those given, in that order, and its refused ones too; remembers the
    /// success. Entries of other kinds stay as they are.
    ///
    /// A tool counts as updated when its hash differs, which covers a function of its own too. Bytes that differ
    /// under one hash (another order of keys) are stored, and counted as unchanged. The target is given by id, not by
    /// name: a target that was removed and added again while it was being asked doesn't get the old one's tools.
    /// - Throws: `.notFound` when the target was removed meanwhile; `.invalid` for a tool without a name, with a name
    ///   over 256 bytes (of other kinds 2,200), or with one name twice. The last good tools are there as before then.
    package borrowing func applyRefresh(
        targetID: Int64,
        tools: [Model::ToolDefinition],
        refused: [RefusedTool] = [],
        kinds: Set<CatalogKind> = [.tool],
        durationMs: Int
    ) throws(StoreError) -> RefreshOutcome {
        let now = clock()
        let quarantine = try refreshQuarantine(targetID: targetID)
        let touched = try run(
            """
            UPDATE target SET refreshed_at_ms = ?, last_duration_ms = ?, last_error = NULL, last_error_at_ms = NULL,
                refresh_failures = 0, next_refresh_at_ms = NULL
            WHERE id = ?
            """,
            [.integer(now), Value(durationMs), .integer(targetID)]
        )
        guard touched == 1 else {
            throw StoreError(.notFound, "the target was removed while it was being refreshed")
        }
        var stored = try storedTools(of: targetID).filter { kinds.contains($0.value.definition.kind) }
        var outcome = RefreshOutcome()
        var seen: Set<[UInt8]> = []
        for (position, tool) in tools.enumerated() {
            let lengthMax = tool.kind == .tool ? 256 : 2_200
            try checked(checkText(tool.name, "a \(tool.kind.word)'s name", bytes: 1...lengthMax))
            // Swift treats two spellings of é as equal; SQLite and agents don't.
            guard seen.insert(Array(tool.name.utf8)).inserted else {
                throw StoreError(
                    .invalid,
                    "the target lists two \(tool.kind.word)s with the name \(quoted(tool.name))"
                )
            }
            guard let old = stored.removeValue(forKey: Array(tool.name.utf8)) else {
                let isHeldBack = try quarantine.holdsBackNew(tool.name, self)
                try insert(tool, targetID: targetID, position: position, isHeldBack: isHeldBack, at: now)
                outcome.counts.added += 1
                outcome.noteNews(of: tool, since: [])
                continue
            }
            if old.definition.sha256 != tool.sha256 { try quarantine.holdBackChanged(old.definition, self) }
            try update(old, to: tool, at: now)
            outcome.noteNews(of: tool, since: old.definition.notes)
            if old.position != position {
                try run("UPDATE tool SET position = ? WHERE id = ?", [Value(position), .integer(old.id)])
            }
            if old.definition.sha256 == tool.sha256 {
                outcome.counts.unchanged += 1
            } else {
                outcome.counts.updated += 1
            }
        }
        for gone in stored.values {
            try run("DELETE FROM tool WHERE id = ?", [.integer(gone.id)])
            outcome.counts.removed += 1
        }
        if quarantine.isFirstRefresh { try bindPins(targetID: targetID) }
        outcome.newlyRefused = try replaceRefusedTools(of: targetID, with: refused, kinds: kinds, at: now)
        return outcome
    }

    private borrowing func storedTools(of targetID: Int64) throws(StoreError) -> [[UInt8]: StoredTool] {
        var stored: [[UInt8]: StoredTool] = [:]
        try reading.forEachRow(
            "SELECT id, position, name, definition, sha256, served, notes, rules, function, kind FROM tool WHERE target_id = ?",
            [.integer(targetID)]
        ) { row throws(StoreError) in
            let name = row.text(at: 2) ?? ""
            stored[Array(name.utf8)] = StoredTool(
                id: row.int64(at: 0),
                position: Int(row.int64(at: 1)),
                definition: Model::ToolDefinition(
                    kind: catalogKind(row, at: 9),
                    name: name,
                    function: row.text(at: 8),
                    json: row.blob(at: 3) ?? [],
                    sha256: try storedDigest(row, at: 4),
                    served: row.blob(at: 5),
                    notes: [ToolNote](stored: row.text(at: 6) ?? "[]"),
                    rules: Int(row.int64(at: 7))
                )
            )
        }
        return stored
    }

    private borrowing func insert(
        _ tool: Model::ToolDefinition,
        targetID: Int64,
        position: Int,
        isHeldBack: Bool,
        at now: Int64
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO tool (target_id, name, definition, sha256, position, first_seen_ms, updated_at_ms, state,
                served, notes, rules, function, kind)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(targetID), .text(tool.name), .blob(tool.json), .blob(tool.sha256.bytes),
                Value(position),
                .integer(now), .integer(now),
                .text((isHeldBack ? ToolEntry.State.quarantined : .active).rawValue),
                served(tool), .text(tool.notes.stored), Value(tool.rules), Value(tool.function),
                .text(tool.kind.rawValue),
            ]
        )
    }

    /// Writes only the columns that differ: a change of each concerns another part of the program.
    private borrowing func update(
        _ old: StoredTool,
        to tool: Model::ToolDefinition,
        at now: Int64
    ) throws(StoreError) {
        let (found, id) = (old.definition, old.id)
        if found.json != tool.json || found.sha256 != tool.sha256 {
            try run(
                "UPDATE tool SET definition = ?, sha256 = ?, updated_at_ms = ? WHERE id = ?",
                [.blob(tool.json), .blob(tool.sha256.bytes), .integer(now), .integer(id)]
            )
        }
        if found.function != tool.function {
            try run("UPDATE tool SET function = ? WHERE id = ?", [Value(tool.function), .integer(id)])
        }
        if found.served != tool.served {
            try run("UPDATE tool SET served = ? WHERE id = ?", [served(tool), .integer(id)])
        }
        if found.notes != tool.notes || found.rules != tool.rules {
            try run(
                "UPDATE tool SET notes = ?, rules = ? WHERE id = ?",
                [.text(tool.notes.stored), Value(tool.rules), .integer(id)]
            )
        }
    }

    private borrowing func served(_ tool: Model::ToolDefinition) -> Value {
        tool.served.map { .blob($0) } ?? .null
    }
}

extension RefreshOutcome {
    fileprivate mutating func noteNews(of tool: Model::ToolDefinition, since old: [ToolNote]) {
        newlyNoted += tool.notes.filter { !old.contains($0) }.map { NotedTool(name: tool.name, note: $0) }
    }
}

private struct StoredTool {
    let id: Int64
    let position: Int
    let definition: Model::ToolDefinition
}
