extension SQLiteSchema {
    /// What calls are summed up to: by minute, hour and day.
    static let version9Usage = ""
}
