extension SQLiteSchema {
    /// Which parts of a target's calls are recorded.
    static let version9Recording = """
        -- 'none', 'redacted' or 'full': whether arguments and results are kept.
        ALTER TABLE target ADD COLUMN record_arguments TEXT NOT NULL DEFAULT 'none';
        -- A JSON array of the pointers that are replaced in them; NULL for none.
        ALTER TABLE target ADD COLUMN redact TEXT;
        CREATE TRIGGER target_recording_updated AFTER UPDATE OF record_arguments, redact ON target BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;

        """
}
