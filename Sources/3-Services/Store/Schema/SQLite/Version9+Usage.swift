extension SQLiteSchema {
    /// Sums of calls by minute, hour and day.
    ///
    /// A call is counted into its minute. When the hour is over, the rows of its minutes are added to those of the
    /// hour and of the day, and removed. So each call is in one minute, or in one hour and one day.
    static let version9Usage = """
        -- Names, not ids, of what may go: history outlives it. Both empty for calls of more tools than are told apart.
        CREATE TABLE used_tool (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            target TEXT NOT NULL,
            -- The target's own name for it.
            tool TEXT NOT NULL,
            UNIQUE (target, tool)
        ) STRICT;

        CREATE TABLE usage_minute (
            -- Minutes since 1970.
            period INTEGER NOT NULL,
            tenant_id INTEGER NOT NULL REFERENCES tenant (id),
            -- 0 for calls with a token, -1 for those of more keys and tools than are told apart.
            key_id INTEGER NOT NULL,
            tool_id INTEGER NOT NULL REFERENCES used_tool (id),
            -- How they ended, by its number; -1 where that wasn't kept.
            outcome INTEGER NOT NULL,
            calls INTEGER NOT NULL,
            -- Of `calls`.
            errors INTEGER NOT NULL,
            -- Turned away by a limit; not among `calls`.
            limited INTEGER NOT NULL,
            -- Of `calls`: those of which Lambda said what they took. Cold starts and billed time are of these.
            reported INTEGER NOT NULL,
            cold_starts INTEGER NOT NULL,
            -- Of `calls`: those that are in no sum of money.
            unpriced INTEGER NOT NULL,
            bytes_in INTEGER NOT NULL,
            bytes_out INTEGER NOT NULL,
            billed_ms INTEGER NOT NULL,
            -- Billionths of a US dollar: as Lambda reported, and what is taken to be the cost of the rest.
            measured_nusd INTEGER NOT NULL,
            estimated_nusd INTEGER NOT NULL,
            duration_us INTEGER NOT NULL,
            -- How long they took, as `QuantileSketch` writes itself.
            sketch BLOB,
            PRIMARY KEY (period, tenant_id, key_id, tool_id, outcome)
        ) STRICT, WITHOUT ROWID;
        -- Hours since 1970.
        CREATE TABLE usage_hour (
            period INTEGER NOT NULL,
            tenant_id INTEGER NOT NULL REFERENCES tenant (id),
            key_id INTEGER NOT NULL,
            tool_id INTEGER NOT NULL REFERENCES used_tool (id),
            outcome INTEGER NOT NULL,
            calls INTEGER NOT NULL,
            errors INTEGER NOT NULL,
            limited INTEGER NOT NULL,
            reported INTEGER NOT NULL,
            cold_starts INTEGER NOT NULL,
            unpriced INTEGER NOT NULL,
            bytes_in INTEGER NOT NULL,
            bytes_out INTEGER NOT NULL,
            billed_ms INTEGER NOT NULL,
            measured_nusd INTEGER NOT NULL,
            estimated_nusd INTEGER NOT NULL,
            duration_us INTEGER NOT NULL,
            sketch BLOB,
            PRIMARY KEY (period, tenant_id, key_id, tool_id, outcome)
        ) STRICT, WITHOUT ROWID;
        -- Days since 1970.
        CREATE TABLE usage_day (
            period INTEGER NOT NULL,
            tenant_id INTEGER NOT NULL REFERENCES tenant (id),
            key_id INTEGER NOT NULL,
            tool_id INTEGER NOT NULL REFERENCES used_tool (id),
            outcome INTEGER NOT NULL,
            calls INTEGER NOT NULL,
            errors INTEGER NOT NULL,
            limited INTEGER NOT NULL,
            reported INTEGER NOT NULL,
            cold_starts INTEGER NOT NULL,
            unpriced INTEGER NOT NULL,
            bytes_in INTEGER NOT NULL,
            bytes_out INTEGER NOT NULL,
            billed_ms INTEGER NOT NULL,
            measured_nusd INTEGER NOT NULL,
            estimated_nusd INTEGER NOT NULL,
            duration_us INTEGER NOT NULL,
            sketch BLOB,
            PRIMARY KEY (period, tenant_id, key_id, tool_id, outcome)
        ) STRICT, WITHOUT ROWID;

        INSERT INTO used_tool (target, tool) SELECT DISTINCT target, tool FROM usage ORDER BY target, tool;
        INSERT INTO usage_day (period, tenant_id, key_id, tool_id, outcome, calls, errors, limited, reported,
            cold_starts, unpriced, bytes_in, bytes_out, billed_ms, measured_nusd, estimated_nusd, duration_us)
        SELECT coalesce(unixepoch(day), 0) / 86400, tenant_id, key_id, used_tool.id, -1, sum(calls), sum(errors),
            sum(limited), 0, 0, sum(calls), 0, 0, 0, 0, 0, sum(duration_us)
        FROM usage JOIN used_tool ON used_tool.target = usage.target AND used_tool.tool = usage.tool
        GROUP BY 1, tenant_id, key_id, used_tool.id;
        DROP TABLE usage;

        """
}
