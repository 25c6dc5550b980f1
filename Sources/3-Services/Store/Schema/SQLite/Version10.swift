extension SQLiteSchema {
    /// Prompts, resources and templates stand among the tools, each under its catalog name, such as `prompt:summary`: pins,
    /// quarantine, aliases and limits know them by it, as they know tools.
    static let version10 = """
        -- 'tool', 'prompt', 'resource', 'template' or 'instructions'.
        ALTER TABLE tool ADD COLUMN kind TEXT NOT NULL DEFAULT 'tool';
        -- What the function serves, with a space between; NULL when it is asked.
        ALTER TABLE target ADD COLUMN serves TEXT;
        """
}
