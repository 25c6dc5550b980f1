import Policy
import Database

extension ReadTransaction {
    /// The ended sessions: those known before, and what has been added since. Linear.
    borrowing func endedSessions(
        _ generation: Generation,
        since known: EndedSessions,
        nowMs: Int64
    ) throws(StoreError) -> EndedSessions {
        guard generation.session != known.newest else { return known }
        let endings = try rows(
            "SELECT holder_id, code, opened_at_ms FROM ended_session WHERE number > ? AND opened_at_ms > ?",
            [.integer(known.newest), .integer(nowMs - SessionMark.rememberedMs)]
        ) { row throws(StoreError) -> EndedSessions.Ending in
            let (holderID, openedMs) = (row.int64(at: 0), row.int64(at: 2))
            guard let code = row.blob(at: 1) else { return .all(holderID: holderID, untilMs: openedMs) }
            return .one(
                SessionMark(
                    holderID: holderID,
                    openedMs: openedMs,
                    code: SessionCode(code)
                )
            )
        }
        return known.adding(endings, newest: generation.session, nowMs: nowMs)
    }
}
