extension SQLiteSchema {
    /// Times are milliseconds since 1970. Ids are never used twice (AUTOINCREMENT): a session that is bound to a key's
    /// id dies with the key.
    ///
    /// `generation` counts commits by what they concern, kept by triggers, so that no write can forget it: `catalog`
    /// for whatever a decision or a list depends on, `health` for the targets' refresh times and errors, which are
    /// only shown.
    static let version1 = """
        CREATE TABLE secret (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE generation (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            catalog INTEGER NOT NULL,
            health INTEGER NOT NULL
        ) STRICT;
        INSERT INTO generation (id, catalog, health) VALUES (1, 1, 1);

        CREATE TABLE target (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            function TEXT NOT NULL,
            qualifier TEXT,
            region TEXT,
            endpoint TEXT,
            contract TEXT NOT NULL,
            approval TEXT NOT NULL CHECK (approval IN ('required', 'auto', 'open')),
            -- As declared; an operator's `target disable` is kept apart, so that reading the file again leaves it.
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
            switched_off INTEGER NOT NULL DEFAULT 0 CHECK (switched_off IN (0, 1)),
            timeout_ms INTEGER NOT NULL CHECK (timeout_ms > 0),
            description TEXT,
            -- Tools declared with the target, for contracts without discovery.
            tools_json TEXT,
            source TEXT NOT NULL CHECK (source IN ('file', 'cli')),
            file_path TEXT,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER NOT NULL,
            refreshed_at_ms INTEGER,
            last_error TEXT,
            last_error_at_ms INTEGER,
            last_duration_ms INTEGER
        ) STRICT;

        CREATE TABLE tool (
            id INTEGER PRIMARY KEY,
            target_id INTEGER NOT NULL REFERENCES target (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            -- The raw JSON object, as the target sent it.
            definition BLOB NOT NULL,
            -- Of the canonical definition.
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            state TEXT NOT NULL DEFAULT 'active',
            -- Its place in the target's own list.
            position INTEGER NOT NULL,
            first_seen_ms INTEGER NOT NULL,
            updated_at_ms INTEGER NOT NULL,
            UNIQUE (target_id, name)
        ) STRICT;

        CREATE TABLE tenant (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            title TEXT,
            state TEXT NOT NULL CHECK (state IN ('active', 'suspended')),
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE tenant_key (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant_id INTEGER NOT NULL REFERENCES tenant (id),
            name TEXT,
            prefix TEXT NOT NULL UNIQUE,
            -- SHA-256 of the whole key text; the text itself is nowhere.
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            -- Name patterns with a space between; NULL is no narrowing.
            allow_patterns TEXT,
            created_at_ms INTEGER NOT NULL,
            expires_at_ms INTEGER,
            revoked_at_ms INTEGER
        ) STRICT;
        CREATE INDEX tenant_key_of_tenant ON tenant_key (tenant_id);

        CREATE TRIGGER target_inserted AFTER INSERT ON target BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER target_deleted AFTER DELETE ON target BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER target_updated AFTER UPDATE OF
            name, function, qualifier, region, endpoint, contract, approval, enabled, switched_off, timeout_ms,
            description, tools_json, source
        ON target BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER target_refreshed AFTER UPDATE OF
            refreshed_at_ms, last_error, last_error_at_ms, last_duration_ms
        ON target BEGIN
            UPDATE generation SET health = health + 1;
        END;
        CREATE TRIGGER tool_inserted AFTER INSERT ON tool BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER tool_deleted AFTER DELETE ON tool BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER tool_updated AFTER UPDATE OF target_id, name, definition, sha256, state ON tool BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER tenant_inserted AFTER INSERT ON tenant BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER tenant_deleted AFTER DELETE ON tenant BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER tenant_updated AFTER UPDATE ON tenant BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER key_inserted AFTER INSERT ON tenant_key BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER key_deleted AFTER DELETE ON tenant_key BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER key_updated AFTER UPDATE OF
            tenant_id, name, prefix, hash, allow_patterns, expires_at_ms, revoked_at_ms
        ON tenant_key BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        """
}
