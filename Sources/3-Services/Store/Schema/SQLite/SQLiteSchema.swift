/// The store's schema as SQLite takes it, one text for each migration. None is ever changed once released.
enum SQLiteSchema {
    static let migrations = [
        version1, version2, version3, version4, version5, version6, version7, version8, version9,
        version10, version11, version12,
    ]
}
