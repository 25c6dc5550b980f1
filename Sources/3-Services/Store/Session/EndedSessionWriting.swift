package import Policy
import Database

/// How many ended sessions the store remembers. An ending can't be forgotten before its session's time is over: the
/// session would come back to life.
package struct EndedSessionBounds: Sendable {
    /// Of one holder.
    package var perHolderMax = 2_000
    /// Of all holders.
    package var max = 100_000
    /// How old sessions must be to be ended together, in milliseconds.
    package var foldedAfterMs: Int64 = 24 * 3_600_000

    package init() {}
}

extension WriteTransaction {
    /// Ends sessions. A holder with too many endings has the oldest of them replaced by one: all its sessions that were
    /// opened up to then end, which are at least a day old.
    ///
    /// - Returns: for each session in order whether it has ended; false where the store remembers too many endings.
    package borrowing func endSessions(
        _ marks: [SessionMark],
        within bounds: EndedSessionBounds = EndedSessionBounds()
    ) throws(StoreError) -> [Bool] {
        let first = try reading.integer("SELECT session FROM generation")
        var newest = first
        var count = try reading.integer("SELECT count(*) FROM ended_session")
        var outcomes: [Bool] = []
        for mark in marks {
            if try isEnded(mark) {
                outcomes.append(true)
                continue
            }
            if try endings(of: mark.holderID) >= bounds.perHolderMax {
                guard let untilMs = try foldingTime(of: mark.holderID, bounds) else {
                    outcomes.append(false)
                    continue
                }
                newest += 1
                count += 1 - Int64(try fold(mark.holderID, untilMs: untilMs, number: newest))
            }
            if count >= bounds.max, let holderID = try largestHolder(),
                let untilMs = try foldingTime(of: holderID, bounds)
            {
                // Whoever has filled the table makes room for all others.
                newest += 1
                count += 1 - Int64(try fold(holderID, untilMs: untilMs, number: newest))
            }
            guard count < bounds.max else {
                outcomes.append(false)
                continue
            }
            newest += 1
            count += 1
            try run(
                "INSERT INTO ended_session (number, holder_id, code, opened_at_ms) VALUES (?, ?, ?, ?)",
                [.integer(newest), .integer(mark.holderID), .blob(mark.code.bytes), .integer(mark.openedMs)]
            )
            outcomes.append(true)
        }
        if newest != first { try run("UPDATE generation SET session = ?", [.integer(newest)]) }
        return outcomes
    }

    /// Forgets the endings of sessions whose time is over.
    package borrowing func forgetEndedSessions(nowMs: Int64) throws(StoreError) {
        try run(
            "DELETE FROM ended_session WHERE opened_at_ms <= ?",
            [.integer(nowMs - SessionMark.rememberedMs)]
        )
    }

    private borrowing func isEnded(_ mark: SessionMark) throws(StoreError) -> Bool {
        let found = try reading.rows(
            """
            SELECT 1 FROM ended_session WHERE code = ?
            UNION ALL SELECT 1 FROM ended_session WHERE holder_id = ? AND code IS NULL AND opened_at_ms >= ?
            """,
            [.blob(mark.code.bytes), .integer(mark.holderID), .integer(mark.openedMs)]
        ) { _ throws(StoreError) in true }
        return !found.isEmpty
    }

    private borrowing func endings(of holderID: Int64) throws(StoreError) -> Int64 {
        try reading.rows(
            "SELECT count(*) FROM ended_session WHERE holder_id = ?",
            [.integer(holderID)]
        ) { row throws(StoreError) in row.int64(at: 0) }.first ?? 0
    }

    /// The holder of the most endings; nil when there are none.
    private borrowing func largestHolder() throws(StoreError) -> Int64? {
        try reading.rows(
            """
            SELECT holder_id FROM ended_session GROUP BY holder_id
            ORDER BY count(*) DESC, holder_id LIMIT 1
            """,
            []
        ) { row throws(StoreError) in row.int64(at: 0) }.first
    }

    /// The time up to which all of a holder's sessions may end together: that of the middle one of its endings, or of
    /// the newest that is old enough. nil when none is.
    private borrowing func foldingTime(
        of holderID: Int64,
        _ bounds: EndedSessionBounds
    ) throws(StoreError) -> Int64? {
        try reading.rows(
            """
            SELECT max(opened_at_ms) FROM (
                SELECT opened_at_ms FROM ended_session WHERE holder_id = ? AND opened_at_ms <= ?
                ORDER BY opened_at_ms LIMIT ?
            ) AS oldest HAVING count(*) > 1
            """,
            [
                .integer(holderID), .integer(clock() - bounds.foldedAfterMs),
                .integer(Int64(bounds.perHolderMax / 2 + 1)),
            ]
        ) { row throws(StoreError) in row.int64(at: 0) }.first
    }

    /// Replaces a holder's endings up to that time by one.
    /// - Returns: how many it replaced.
    private borrowing func fold(
        _ holderID: Int64,
        untilMs: Int64,
        number: Int64
    ) throws(StoreError) -> Int {
        let replaced = try run(
            "DELETE FROM ended_session WHERE holder_id = ? AND opened_at_ms <= ?",
            [.integer(holderID), .integer(untilMs)]
        )
        try run(
            "INSERT INTO ended_session (number, holder_id, code, opened_at_ms) VALUES (?, ?, NULL, ?)",
            [.integer(number), .integer(holderID), .integer(untilMs)]
        )
        return replaced
    }
}
