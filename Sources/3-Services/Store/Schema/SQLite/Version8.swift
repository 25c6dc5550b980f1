extension SQLiteSchema {
    /// Targets whose functions were found, the functions remembered from one listing to the next, and the tenant that
    /// has had each Lambda tenant id.
    static let version8 = """
        -- The discovery that keeps the target; NULL for others. `source` is 'cli' where it's set.
        ALTER TABLE target ADD COLUMN discovery TEXT;
        CREATE INDEX target_of_discovery ON target (discovery) WHERE discovery IS NOT NULL;

        CREATE TABLE discovery (
            name TEXT PRIMARY KEY,
            -- When functions were last listed without a fault.
            looked_at_ms INTEGER,
            last_error TEXT,
            last_error_at_ms INTEGER,
            -- How many looks in a row have failed.
            failures INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE discovered_function (
            discovery TEXT NOT NULL REFERENCES discovery (name) ON DELETE CASCADE,
            arn TEXT NOT NULL,
            -- A target's name; the row goes with the target.
            target TEXT NOT NULL REFERENCES target (name) ON DELETE CASCADE,
            -- The tool's own name, for a plain function; NULL when the target is the function's alone.
            tool TEXT,
            -- The tool's definition, a JSON object, for a plain function.
            definition TEXT,
            -- Since when it isn't found any more; NULL while it is found.
            missing_since_ms INTEGER,
            -- How many looks in a row haven't found it.
            misses INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (discovery, arn)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX discovered_function_of_target ON discovered_function (target);

        -- Every Lambda tenant id that was ever given, with the tenant that had it first: what it left in execution
        -- environments is never to be seen by another, also when it has another id by now, or was removed.
        CREATE TABLE lambda_tenant_id_held (
            id TEXT PRIMARY KEY,
            tenant_id INTEGER NOT NULL REFERENCES tenant (id)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO lambda_tenant_id_held (id, tenant_id)
        SELECT lambda_tenant_id, min(id) FROM tenant WHERE lambda_tenant_id IS NOT NULL GROUP BY lambda_tenant_id;
        """
}
