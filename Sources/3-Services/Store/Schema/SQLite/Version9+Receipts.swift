extension SQLiteSchema {
    /// What receipts are signed with.
    static let version9Receipts = ""
}
