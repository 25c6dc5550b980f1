extension Schema {
    static let version3Aliases = ""
}
