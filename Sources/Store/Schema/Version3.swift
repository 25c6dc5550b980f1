extension Schema {
    /// What a served definition is, aliases, which servers run on the store, and reloads; one part for each topic.
    static let version3 = version3Tools + version3Aliases + version3Servers + version3Reload
}
