extension SQLiteSchema {
    /// How a target's functions are called, and tools that have a function of their own.
    static let version7 = """
        -- The role that calls are made with; NULL for the gateway's own credentials.
        ALTER TABLE target ADD COLUMN role_arn TEXT;
        ALTER TABLE target ADD COLUMN external_id TEXT;
        ALTER TABLE target ADD COLUMN session_name TEXT;
        -- Two versions that share the calls: a JSON object of qualifiers and weights.
        ALTER TABLE target ADD COLUMN route TEXT;
        ALTER TABLE target ADD COLUMN log_tail TEXT NOT NULL DEFAULT 'off';
        ALTER TABLE target ADD COLUMN caller_identity TEXT NOT NULL DEFAULT 'none';
        -- Of the HTTP events that some contracts send; NULL for the contract's own.
        ALTER TABLE target ADD COLUMN http_path TEXT;
        ALTER TABLE target ADD COLUMN http_host TEXT;
        -- 1 when the functions are in Lambda's tenant isolation mode.
        ALTER TABLE target ADD COLUMN tenant_isolation INTEGER NOT NULL DEFAULT 0;

        -- A function of the tool's own; NULL when the target's serves it.
        ALTER TABLE tool ADD COLUMN function TEXT;

        ALTER TABLE tenant ADD COLUMN external_id TEXT;
        -- What the tenant's role may do: 'functions', 'none', or NULL for the standard.
        ALTER TABLE tenant ADD COLUMN session_policy TEXT;

        DROP TRIGGER target_updated;
        CREATE TRIGGER target_updated AFTER UPDATE OF
            name, function, qualifier, region, endpoint, contract, approval, enabled, switched_off, timeout_ms,
            description, tools_json, source, pin_definitions, role_arn, external_id, session_name, route, log_tail,
            caller_identity, http_path, http_host, tenant_isolation
        ON target BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        DROP TRIGGER tool_updated;
        CREATE TRIGGER tool_updated AFTER UPDATE OF
            target_id, name, definition, sha256, state, served, function
        ON tool BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;
        DROP TRIGGER tool_counted_update;
        CREATE TRIGGER tool_counted_update AFTER UPDATE OF
            target_id, name, definition, sha256, state, served, function
        ON tool BEGIN
            UPDATE generation SET tool = tool + 1;
        END;
        """
}
