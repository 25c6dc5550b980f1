extension SQLiteSchema {
    /// Faults of target files as the server found them last, the servers that run, and reloads that were asked for.
    static let version3Reload = """
        -- The target's name as its folder has it, whether such a target is there or not; '' is the folder of all.
        CREATE TABLE target_file_fault (
            target TEXT PRIMARY KEY,
            -- A line for each fault.
            faults TEXT NOT NULL,
            since_ms INTEGER NOT NULL
        );

        -- A server that was killed leaves its row behind.
        CREATE TABLE server_place (
            server TEXT PRIMARY KEY,
            -- Where it runs functions itself; NULL when all are in AWS.
            local_lambda TEXT,
            started_ms INTEGER NOT NULL
        );

        CREATE TABLE reload (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            asked_at_ms INTEGER NOT NULL
        );
        -- What each server on the store made of it; the report is NULL while it is under way.
        CREATE TABLE reload_answer (
            reload_id INTEGER NOT NULL REFERENCES reload (id) ON DELETE CASCADE,
            server TEXT NOT NULL,
            taken_at_ms INTEGER NOT NULL,
            report TEXT,
            PRIMARY KEY (reload_id, server)
        );
        """
}
