import SQLite

/// The marks that a database carries: which program it belongs to, and how many migrations its schema has had.
package struct SchemaStamp: Sendable, Equatable {
    /// The id of the program that it belongs to; 0 for none.
    package var application: Int64
    /// How many migrations its schema has had.
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

    /// Whether the database holds no table, index, trigger or view.
    package borrowing func isEmpty() throws(DatabaseError) -> Bool {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { return try connection.isEmpty() } catch { throw DatabaseError(error) }
        }
    }

    /// Sets the stamp as part of the transaction that it is called in.
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
