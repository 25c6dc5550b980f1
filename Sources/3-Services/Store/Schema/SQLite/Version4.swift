extension SQLiteSchema {
    /// The end of the audit log, as a row of our own. A trigger advances it with each event, so that no write can
    /// forget it, and only if the event is chained to the one that the row names: a head that somebody changed stays
    /// as it is.
    ///
    /// SQLite kept the highest id in `sqlite_sequence`, which other engines don't have, and without the event's hash.
    /// An older log whose end is missing already is still noticed: the highest id is taken over from there.
    static let version4 = """
        CREATE TABLE audit_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            -- Of the event that was written last, whether its row is there or not; 0 before the first.
            last_id INTEGER NOT NULL,
            -- That event's hash; zeros before the first.
            hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;
        INSERT INTO audit_head (id, last_id, hash)
        SELECT 1,
            max(
                coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'audit'), 0),
                coalesce((SELECT max(id) FROM audit), 0)
            ),
            coalesce((SELECT hash FROM audit ORDER BY id DESC LIMIT 1), zeroblob(32));
        CREATE TRIGGER audit_appended AFTER INSERT ON audit BEGIN
            UPDATE audit_head SET last_id = new.id, hash = new.hash
            WHERE last_id = new.id - 1 AND hash = new.previous_hash;
        END;
        CREATE TRIGGER audit_head_is_kept BEFORE DELETE ON audit_head BEGIN
            SELECT raise(ABORT, 'the audit log is append-only');
        END;
        CREATE TRIGGER audit_head_advances BEFORE UPDATE ON audit_head
        WHEN new.id <> old.id OR new.last_id <= old.last_id BEGIN
            SELECT raise(ABORT, 'the audit log is append-only');
        END;
        """
}
