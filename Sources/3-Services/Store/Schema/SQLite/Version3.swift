extension SQLiteSchema {
    /// What a served definition is, aliases, and reloads; one part for each topic.
    static let version3 = version3Tools + version3Aliases + version3Reload
}
