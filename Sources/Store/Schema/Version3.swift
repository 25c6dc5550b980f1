extension Schema {
    /// What a served definition is, and aliases; one part for each topic.
    static let version3 = version3Tools + version3Aliases
}
