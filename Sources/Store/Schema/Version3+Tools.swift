extension Schema {
    static let version3Tools = ""
}
