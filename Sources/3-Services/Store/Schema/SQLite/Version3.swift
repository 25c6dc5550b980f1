extension SQLiteSchema {
    /// Served definitions, aliases, and reloads; one part for each topic.
    static let version3 = version3Tools + version3Aliases + version3Reload
}
