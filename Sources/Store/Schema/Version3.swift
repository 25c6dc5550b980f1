extension Schema {
    /// What a served definition is, aliases, and which servers run on the store; one part for each topic.
    static let version3 = version3Tools + version3Aliases + version3Servers
}
