extension SQLiteSchema {
    /// What of a target's calls is recorded.
    static let version9Recording = ""
}
