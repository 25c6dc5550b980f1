extension SQLiteSchema {
    /// Targets whose functions stream, and tools with a timeout of their own.
    static let version12 = """
        -- 1 when the functions stream their answers.
        ALTER TABLE target ADD COLUMN streaming INTEGER NOT NULL DEFAULT 0;
        -- A JSON object of tools' names and milliseconds; NULL when no tool has a timeout of its own.
        ALTER TABLE target ADD COLUMN tool_timeouts TEXT;
        CREATE TRIGGER target_streaming_updated AFTER UPDATE OF streaming, tool_timeouts ON target BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        """
}
