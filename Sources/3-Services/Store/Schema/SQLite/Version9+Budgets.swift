extension SQLiteSchema {
    /// What a limit may cost, and what it has cost.
    static let version9Budgets = ""
}
