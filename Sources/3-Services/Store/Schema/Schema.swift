import Crypto
import SQLite

/// What the file holds, and how an older file becomes a newer one.
///
/// `user_version` counts the migrations that were applied. A migration is never changed once released; the next one
/// is added to the end of `migrations`.
enum Schema {
    /// `mgw1`: tells this store from another program's database. Source: https://www.sqlite.org/pragma.html
    private static let applicationID: Int64 = 0x6D67_7731

    static let migrations = [Schema.version1, Schema.version2, Schema.version3]

    /// Brings the file to the newest version, in one transaction; a second process that comes at the same time waits.
    static func migrate(_ transaction: borrowing WriteTransaction, path: String) throws(StoreError) {
        let isNewest = transaction.reading.perform { reading throws(StoreError) in
            try version(in: reading, path: path) == migrations.count
        }
        if try isNewest.get() { return }
        let migrated = transaction.perform { writing throws(StoreError) in
            let found = try version(in: writing.reading, path: path)
            for migration in migrations.dropFirst(found) { try writing.execute(migration) }
            if found == 0 {
                try writing.run(
                    "INSERT INTO secret (name, value) VALUES ('session', ?)",
                    [.blob(randomBytes(sessionSecretBytes))]
                )
            }
            try writing.execute("PRAGMA application_id = \(applicationID)")
            try writing.execute("PRAGMA user_version = \(migrations.count)")
        }
        try migrated.get()
    }

    static let sessionSecretBytes = 32

    private static func version(
        in reading: borrowing ReadTransaction,
        path: String
    ) throws(StoreError) -> Int {
        let found = try reading.integer("PRAGMA user_version")
        let application = try reading.integer("PRAGMA application_id")
        let tables = try reading.integer("SELECT count(*) FROM sqlite_schema")
        guard application == applicationID || (application == 0 && found == 0 && tables == 0) else {
            throw StoreError(
                .unavailable,
                "store \(path) is a database of another program",
                hint: "set another path for the store"
            )
        }
        guard (0...Int64(migrations.count)).contains(found) else {
            throw StoreError(
                .unavailable,
                "store \(path) has schema version \(found); this program knows versions up to \(migrations.count)",
                hint:
                    "run the newer mcp-gateway that wrote it, or restore the backup from before that upgrade"
            )
        }
        return Int(found)
    }
}
