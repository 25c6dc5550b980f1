extension SQLiteSchema {
    /// Aliases that tools are exposed by in place of their own names, and the aliases that approvals were given for.
    static let version3Aliases = """
        -- Outlives the tool: one that goes and comes back has its alias still.
        CREATE TABLE alias (
            target_id INTEGER NOT NULL REFERENCES target (id) ON DELETE CASCADE,
            -- What the target calls the tool.
            tool_name TEXT NOT NULL,
            -- What stands behind `___` in the exposed name.
            alias TEXT NOT NULL,
            -- Declared by the target's own file, or by a command.
            source TEXT NOT NULL CHECK (source IN ('file', 'cli')),
            created_at_ms INTEGER NOT NULL,
            PRIMARY KEY (target_id, tool_name),
            UNIQUE (target_id, alias)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER alias_inserted AFTER INSERT ON alias BEGIN
            UPDATE generation SET catalog = catalog + 1, tool = tool + 1;
        END;
        CREATE TRIGGER alias_deleted AFTER DELETE ON alias BEGIN
            UPDATE generation SET catalog = catalog + 1, tool = tool + 1;
        END;
        CREATE TRIGGER alias_updated AFTER UPDATE OF target_id, tool_name, alias ON alias BEGIN
            UPDATE generation SET catalog = catalog + 1, tool = tool + 1;
        END;

        -- The alias that the tool had when it was approved, or when it was last in force; NULL when it had none.
        ALTER TABLE pin ADD COLUMN alias TEXT;
        ALTER TABLE quarantine ADD COLUMN alias TEXT;

        """
}
