extension SQLiteSchema {
    /// The form of a definition that is served, beside the one that the target sent; and the tools that aren't served
    /// at all.
    ///
    /// Approvals and hashes stay bound to `definition`, the form that the target sent: other rules change no
    /// approval.
    static let version3Tools = """
        -- Whether the target's tools may hold characters that a reader can't see.
        ALTER TABLE target ADD COLUMN allow_hidden INTEGER NOT NULL DEFAULT 0 CHECK (allow_hidden IN (0, 1));

        -- What lists show; NULL when it is the definition itself.
        ALTER TABLE tool ADD COLUMN served BLOB;
        -- A JSON array of {"member", "reason", "leftOut"}: what the operator is told about the served form.
        ALTER TABLE tool ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';
        -- Which version of the rules made `served` and `notes`; 0 for none.
        ALTER TABLE tool ADD COLUMN rules INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX tool_of_rules ON tool (rules);
        -- To count a target's without a look at the definitions.
        CREATE INDEX tool_of_served ON tool (target_id) WHERE served IS NOT NULL;

        -- Tools that a target lists and the catalog doesn't take, as of its last refresh.
        CREATE TABLE refused_tool (
            target_id INTEGER NOT NULL REFERENCES target (id) ON DELETE CASCADE,
            -- As it can be shown; `#3` for the third of a page when it has none.
            name TEXT NOT NULL,
            -- The member that is wrong; empty for the whole.
            member TEXT NOT NULL,
            reason TEXT NOT NULL,
            first_seen_ms INTEGER NOT NULL,
            PRIMARY KEY (target_id, name, member, reason)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER refused_tool_inserted AFTER INSERT ON refused_tool BEGIN
            UPDATE generation SET health = health + 1;
        END;
        CREATE TRIGGER refused_tool_deleted AFTER DELETE ON refused_tool BEGIN
            UPDATE generation SET health = health + 1;
        END;

        DROP TRIGGER tool_updated;
        CREATE TRIGGER tool_updated AFTER UPDATE OF
            target_id, name, definition, sha256, state, served
        ON tool BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        DROP TRIGGER tool_counted_update;
        CREATE TRIGGER tool_counted_update AFTER UPDATE OF
            target_id, name, definition, sha256, state, served
        ON tool BEGIN
            UPDATE generation SET tool = tool + 1;
        END;

        """
}
