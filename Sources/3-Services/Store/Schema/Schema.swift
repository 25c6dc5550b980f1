import Crypto
import Database

/// The schema of a store, and the way from an older version to a newer one.
///
/// The stamp's version counts the migrations that were applied. A migration is never changed once released; the next one
/// is added to the end of its engine's.
enum Schema {
    /// `mgw1`: tells this store from another program's database.
    static let applicationID: Int64 = 0x6D67_7731

    static func migrations(for engine: DatabaseEngine) -> [String] {
        switch engine {
        case .sqlite: SQLiteSchema.migrations
        }
    }

    /// Brings the store to the newest version, in one transaction; a second process that comes at the same time waits.
    ///
    /// - Throws: `.unavailable`, and changes nothing, while servers have an older store open: they would fail on the newer.
    static func migrate(
        _ transaction: borrowing WriteTransaction,
        of location: DatabaseLocation
    ) throws(StoreError) {
        let migrations = migrations(for: transaction.reading.connection.engine)
        let isNewest = transaction.reading.perform { reading throws(StoreError) in
            try version(in: reading, of: location, newest: migrations.count) == migrations.count
        }
        if try isNewest.get() { return }
        let migrated = transaction.perform { writing throws(StoreError) in
            let found = try version(in: writing.reading, of: location, newest: migrations.count)
            if found > 0, found < migrations.count {
                try refuse(whenServersHave: location, version: found, newest: migrations.count)
            }
            for migration in migrations.dropFirst(found) { try writing.execute(migration) }
            if found == 0 {
                try writing.run(
                    "INSERT INTO secret (name, value) VALUES ('session', ?)",
                    [.blob(randomBytes(sessionSecretBytes))]
                )
            }
            try writing.setSchemaStamp(
                SchemaStamp(application: applicationID, version: Int64(migrations.count))
            )
        }
        try migrated.get()
    }

    static let sessionSecretBytes = 32

    private static func refuse(
        whenServersHave location: DatabaseLocation,
        version: Int,
        newest: Int
    ) throws(StoreError) {
        let servers = Store.servers(at: location)
        guard !servers.isEmpty else { return }
        throw StoreError(
            .unavailable,
            "store \(location) has schema version \(version) and this program needs version \(newest), but it is "
                + "open in \(RunningServer.list(servers)), which would fail on that",
            hint: "restart that server with this program, or stop it; then try again"
        )
    }

    private static func version(
        in reading: borrowing ReadTransaction,
        of location: DatabaseLocation,
        newest: Int
    ) throws(StoreError) -> Int {
        let stamp = try reading.schemaStamp()
        let isNew = try reading.isEmpty() && stamp == SchemaStamp(application: 0, version: 0)
        guard stamp.application == applicationID || isNew else {
            throw StoreError(
                .unavailable,
                "store \(location) is a database of another program",
                hint: "set another path for the store"
            )
        }
        guard (0...Int64(newest)).contains(stamp.version) else {
            throw StoreError(
                .unavailable,
                "store \(location) has schema version \(stamp.version); this program knows versions up to \(newest)",
                hint:
                    "run the newer mcp-gateway that wrote it, or restore the backup from before that upgrade"
            )
        }
        return Int(stamp.version)
    }
}

extension ReadTransaction {
    fileprivate borrowing func isEmpty() throws(StoreError) -> Bool {
        do throws(DatabaseError) { return try connection.isEmpty() } catch { throw StoreError(error) }
    }
}

extension WriteTransaction {
    fileprivate borrowing func setSchemaStamp(_ stamp: SchemaStamp) throws(StoreError) {
        do throws(DatabaseError) { try reading.connection.setSchemaStamp(stamp) } catch {
            throw StoreError(error)
        }
    }
}
