extension SQLiteSchema {
    /// Sessions that their clients ended: a session's id carries everything else.
    static let version11 = """
        ALTER TABLE generation ADD COLUMN session INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE ended_session (
            -- Ascending in the order of the endings; never given twice: generation.session has the newest.
            number INTEGER PRIMARY KEY,
            -- The id of a key, or a negative number made from the subject of a token.
            holder_id INTEGER NOT NULL,
            -- The authentication code of the session's id; NULL when all sessions that the holder opened up to opened_at_ms have
            -- ended.
            code BLOB UNIQUE CHECK (length(code) = 16),
            opened_at_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX ended_session_by_holder ON ended_session (holder_id, opened_at_ms);
        CREATE INDEX ended_session_by_opening ON ended_session (opened_at_ms);

        """
}
