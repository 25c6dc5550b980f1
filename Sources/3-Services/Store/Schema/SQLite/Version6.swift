extension SQLiteSchema {
    /// A target whose listing fails is asked again after pauses that grow.
    static let version6 = """
        -- How often in a row its listing failed; a success, a new declaration and an operator's refresh begin anew.
        ALTER TABLE target ADD COLUMN refresh_failures INTEGER NOT NULL DEFAULT 0;
        -- A failing one isn't asked by the schedule before; NULL when it's asked with all others.
        ALTER TABLE target ADD COLUMN next_refresh_at_ms INTEGER;
        """
}
