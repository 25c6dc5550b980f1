import SQLite

/// What a database says of itself: whose it is, and how often its schema was brought forward.
package struct SchemaStamp: Sendable, Equatable {
    /// Which program's it is; 0 for nobody's.
    package var application: Int64
    /// How many migrations it has had.
    package var version: Int64

    package init(application: Int64, version: Int64) {
        self.application = application
        self.version = version
    }
}

extension Connection {
    package borrowing func schemaStamp() throws(DatabaseError) -> SchemaStamp {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) {
                return SchemaStamp(
                    application: try connection.applicationID(),
                    version: try connection.userVersion()
                )
            } catch {
                throw DatabaseError(error)
            }
        }
    }

    /// Whether nothing was ever made in it.
    package borrowing func isEmpty() throws(DatabaseError) -> Bool {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { return try connection.isEmpty() } catch { throw DatabaseError(error) }
        }
    }

    /// Part of the transaction that it is called in.
    package borrowing func setSchemaStamp(_ stamp: SchemaStamp) throws(DatabaseError) {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) {
                try connection.setApplicationID(stamp.application)
                try connection.setUserVersion(stamp.version)
            } catch {
                throw DatabaseError(error)
            }
        }
    }
}
