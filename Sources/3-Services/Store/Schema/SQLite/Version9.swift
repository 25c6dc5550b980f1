extension SQLiteSchema {
    /// Usage, budgets, recording and receipts; one part for each topic.
    static let version9 = version9Usage + version9Budgets + version9Recording + version9Receipts
}
