extension SQLiteSchema {
    /// Budgets of limits, and the sizes of functions that their costs depend on.
    static let version9Budgets = """
        -- Billionths of a US dollar in a UTC day or month. What was spent is in quota_usage, in the same unit, with periods such
        -- as usd-day:2026-11-21 and usd-month:2026-11.
        ALTER TABLE usage_limit ADD COLUMN day_budget_nusd INTEGER CHECK (day_budget_nusd > 0);
        ALTER TABLE usage_limit ADD COLUMN month_budget_nusd INTEGER CHECK (month_budget_nusd > 0);

        -- 'x86_64' or 'arm64'; NULL when it isn't known.
        ALTER TABLE target ADD COLUMN architecture TEXT;
        -- The memory of its functions; NULL when it isn't known.
        ALTER TABLE target ADD COLUMN memory_mb INTEGER;
        CREATE TRIGGER target_size_updated AFTER UPDATE OF architecture, memory_mb ON target BEGIN
            UPDATE generation SET catalog = catalog + 1;
        END;

        """
}
