extension SQLiteSchema {
    /// Tenancy: permissions, subscriptions, pinned definitions, limits, usage, the audit log and admin tokens.
    ///
    /// Patterns are kept as in version 1: name patterns with a space between, `NULL` for none.
    static let version2 = """
        -- Commits that concern tools: when there was none, a new snapshot takes the tools of the one before.
        ALTER TABLE generation ADD COLUMN tool INTEGER NOT NULL DEFAULT 1;
        CREATE TRIGGER tool_counted_insert AFTER INSERT ON tool BEGIN
            UPDATE generation SET tool = tool + 1;
        END;
        CREATE TRIGGER tool_counted_delete AFTER DELETE ON tool BEGIN
            UPDATE generation SET tool = tool + 1;
        END;
        CREATE TRIGGER tool_counted_update AFTER UPDATE OF target_id, name, definition, sha256, state ON tool BEGIN
            UPDATE generation SET tool = tool + 1;
        END;

        ALTER TABLE target ADD COLUMN pin_definitions INTEGER CHECK (pin_definitions IN (0, 1));

        ALTER TABLE tenant ADD COLUMN contact TEXT;
        -- A JSON object of strings.
        ALTER TABLE tenant ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
        -- What Lambda's X-Amz-Tenant-Id carries, for functions with tenant isolation.
        ALTER TABLE tenant ADD COLUMN lambda_tenant_id TEXT;
        ALTER TABLE tenant ADD COLUMN role_arn TEXT;
        -- A removed tenant keeps its row and its history; its name is free again.
        ALTER TABLE tenant ADD COLUMN removed_at_ms INTEGER;
        ALTER TABLE tenant ADD COLUMN removed_name TEXT;
        -- Counts changes, for conditional updates.
        ALTER TABLE tenant ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE target ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

        ALTER TABLE tenant_key ADD COLUMN deny_patterns TEXT;
        ALTER TABLE tenant_key ADD COLUMN last_used_at_ms INTEGER;
        -- The key that took this one's place.
        ALTER TABLE tenant_key ADD COLUMN rotated_to INTEGER REFERENCES tenant_key (id);

        CREATE TABLE permission (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant_id INTEGER NOT NULL REFERENCES tenant (id),
            effect TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
            pattern TEXT NOT NULL,
            created_at_ms INTEGER NOT NULL,
            UNIQUE (tenant_id, effect, pattern)
        ) STRICT;

        -- One set of a target's tools and their hashes; subscriptions that were approved with the same tools share it.
        CREATE TABLE pin_set (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            target_id INTEGER NOT NULL REFERENCES target (id) ON DELETE CASCADE,
            -- Of the set's names and hashes.
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            UNIQUE (target_id, sha256)
        ) STRICT;
        CREATE TABLE pin (
            pin_set_id INTEGER NOT NULL REFERENCES pin_set (id) ON DELETE CASCADE,
            tool_name TEXT NOT NULL,
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            PRIMARY KEY (pin_set_id, tool_name)
        ) STRICT, WITHOUT ROWID;
        -- Definitions as they were when somebody approved them, by hash: what a change is compared with.
        CREATE TABLE definition (
            sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
            json BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Tools that are held back from everybody, by an operator or because a target that pins definitions and needs no
        -- subscription changed them. Outlives the tool: one that goes and comes back is still held back.
        CREATE TABLE quarantine (
            target_id INTEGER NOT NULL REFERENCES target (id) ON DELETE CASCADE,
            tool_name TEXT NOT NULL,
            -- Of the definition that was in force before; NULL when none was.
            sha256 BLOB CHECK (length(sha256) = 32),
            PRIMARY KEY (target_id, tool_name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE subscription (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant_id INTEGER NOT NULL REFERENCES tenant (id),
            -- NULL once the target was removed; its name stays.
            target_id INTEGER REFERENCES target (id) ON DELETE SET NULL,
            target_name TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('pending', 'approved', 'denied', 'revoked', 'expired', 'cancelled')),
            requested_tools TEXT,
            approved_tools TEXT,
            request_reason TEXT,
            requested_by TEXT NOT NULL,
            requested_at_ms INTEGER NOT NULL,
            decision_reason TEXT,
            decided_by TEXT,
            decided_at_ms INTEGER,
            expires_at_ms INTEGER,
            -- The sets go with their target; what was approved then is in the audit log.
            pin_set_id INTEGER REFERENCES pin_set (id) ON DELETE SET NULL,
            revision INTEGER NOT NULL DEFAULT 1
        ) STRICT;
        CREATE UNIQUE INDEX subscription_live ON subscription (tenant_id, target_id)
            WHERE state IN ('pending', 'approved');
        CREATE INDEX subscription_of_tenant ON subscription (tenant_id);
        CREATE INDEX subscription_of_target ON subscription (target_id);
        CREATE INDEX subscription_of_pin_set ON subscription (pin_set_id);

        CREATE TABLE usage_limit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            scope TEXT NOT NULL CHECK (scope IN ('tenant', 'key', 'target', 'tenant-target', 'tenant-tool')),
            tenant_id INTEGER REFERENCES tenant (id),
            key_id INTEGER REFERENCES tenant_key (id),
            target_id INTEGER REFERENCES target (id) ON DELETE CASCADE,
            -- What agents call the tool; it need not exist yet.
            tool TEXT,
            rate_permits INTEGER CHECK (rate_permits > 0),
            rate_unit TEXT CHECK (rate_unit IN ('s', 'm', 'h')),
            burst INTEGER CHECK (burst > 0),
            day_quota INTEGER CHECK (day_quota >= 0),
            month_quota INTEGER CHECK (month_quota >= 0),
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER NOT NULL,
            revision INTEGER NOT NULL DEFAULT 1,
            CHECK ((rate_permits IS NULL) = (rate_unit IS NULL)),
            CHECK ((rate_permits IS NULL) = (burst IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX usage_limit_object ON usage_limit (
            scope, coalesce(tenant_id, 0), coalesce(key_id, 0), coalesce(target_id, 0), coalesce(tool, '')
        );
        -- Calls that a quota counted; `day:2026-11-21`, `month:2026-11`.
        CREATE TABLE quota_usage (
            limit_id INTEGER NOT NULL REFERENCES usage_limit (id) ON DELETE CASCADE,
            period TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (limit_id, period)
        ) STRICT, WITHOUT ROWID;

        -- Calls of one UTC day. Names, not ids, of what may go: history outlives it.
        CREATE TABLE usage (
            day TEXT NOT NULL,
            tenant_id INTEGER NOT NULL REFERENCES tenant (id),
            -- 0 for calls with a token.
            key_id INTEGER NOT NULL,
            target TEXT NOT NULL,
            tool TEXT NOT NULL,
            calls INTEGER NOT NULL,
            errors INTEGER NOT NULL,
            limited INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL,
            PRIMARY KEY (day, tenant_id, key_id, target, tool)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at_ms INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            object TEXT NOT NULL,
            -- The tenant it concerns, if one.
            tenant TEXT,
            before TEXT,
            after TEXT,
            request_id TEXT,
            previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
            hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;
        CREATE INDEX audit_of_object ON audit (object);
        CREATE INDEX audit_of_tenant ON audit (tenant);
        CREATE INDEX audit_of_actor ON audit (actor);
        CREATE INDEX audit_of_action ON audit (action);
        CREATE INDEX audit_of_time ON audit (at_ms);
        CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN
            SELECT raise(ABORT, 'the audit log is append-only');
        END;
        CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN
            SELECT raise(ABORT, 'the audit log is append-only');
        END;

        CREATE TABLE admin_token (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('viewer', 'operator')),
            prefix TEXT NOT NULL UNIQUE,
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            created_at_ms INTEGER NOT NULL,
            expires_at_ms INTEGER,
            revoked_at_ms INTEGER
        ) STRICT;
        -- A revoked token's name is free again.
        CREATE UNIQUE INDEX admin_token_name ON admin_token (name) WHERE revoked_at_ms IS NULL;

        DROP TRIGGER target_updated;
        CREATE TRIGGER target_updated AFTER UPDATE OF
            name, function, qualifier, region, endpoint, contract, approval, enabled, switched_off, timeout_ms,
            description, tools_json, source, pin_definitions
        ON target BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        DROP TRIGGER key_updated;
        CREATE TRIGGER key_updated AFTER UPDATE OF
            tenant_id, name, prefix, hash, allow_patterns, deny_patterns, expires_at_ms, revoked_at_ms
        ON tenant_key BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER permission_inserted AFTER INSERT ON permission BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER permission_deleted AFTER DELETE ON permission BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER permission_updated AFTER UPDATE ON permission BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        -- Only what is approved, or was, matters to a decision: tenants ask, and take back, as often as they like.
        CREATE TRIGGER subscription_inserted AFTER INSERT ON subscription WHEN new.state = 'approved' BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER subscription_deleted AFTER DELETE ON subscription WHEN old.state = 'approved' BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER subscription_updated AFTER UPDATE ON subscription
        WHEN old.state = 'approved' OR new.state = 'approved' BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER usage_limit_inserted AFTER INSERT ON usage_limit BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER usage_limit_deleted AFTER DELETE ON usage_limit BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        CREATE TRIGGER usage_limit_updated AFTER UPDATE ON usage_limit BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        """
}
