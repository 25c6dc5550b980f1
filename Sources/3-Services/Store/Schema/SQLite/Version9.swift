extension SQLiteSchema {
    /// What calls cost and who made them; one part for each topic.
    static let version9 = version9Usage + version9Budgets + version9Recording + version9Receipts
}
