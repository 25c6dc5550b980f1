package import JSON
import Database

/// One server's answer to a reload that was asked for.
package struct ReloadAnswer: Sendable, Equatable {
    package var server: String
    /// A JSON object; nil while the reload is under way.
    package var report: String?
}

extension ReadTransaction {
    /// The id of the last reload that was asked for; 0 before the first.
    package borrowing func lastReloadID() throws(StoreError) -> Int64 {
        try integer("SELECT coalesce(max(id), 0) FROM reload")
    }

    /// The servers' answers to a reload, in the order of their names.
    package borrowing func reloadAnswers(to id: Int64) throws(StoreError) -> [ReloadAnswer] {
        try rows(
            "SELECT server, report FROM reload_answer WHERE reload_id = ? ORDER BY server",
            [.integer(id)]
        ) { row throws(StoreError) in
            ReloadAnswer(server: row.text(at: 0) ?? "", report: row.text(at: 1))
        }
    }
}

extension WriteTransaction {
    /// Asks every server on the store to read its settings again; servers check for this several times a second.
    /// - Returns: the id to look for answers with.
    package borrowing func askReload() throws(StoreError) -> Int64 {
        let now = clock()
        let id = try insert("INSERT INTO reload (asked_at_ms) VALUES (?) RETURNING id", [.integer(now)])
        // Reloads of long ago, and their answers, are of no use.
        try run("DELETE FROM reload WHERE id <= ?", [.integer(id - 100)])
        try audit("server.reload", "reload:\(id)")
        return id
    }

    /// Notes that a server has begun with a reload.
    package borrowing func takeReload(_ id: Int64, server: String) throws(StoreError) {
        try run(
            """
            INSERT INTO reload_answer (reload_id, server, taken_at_ms)
            SELECT id, ?, ? FROM reload WHERE id = ?
            ON CONFLICT (reload_id, server) DO NOTHING
            """,
            [.text(server), .integer(clock()), .integer(id)]
        )
    }

    /// Stores the result of a server's reload.
    /// - Parameter report: a JSON object.
    package borrowing func answerReload(
        _ id: Int64,
        server: String,
        report: JSONValue
    ) throws(StoreError) {
        try run(
            "UPDATE reload_answer SET report = ? WHERE reload_id = ? AND server = ?",
            [.text(report.text), .integer(id), .text(server)]
        )
    }
}
