extension Schema {
    static let version3Servers = ""
}
