import SQLite

/// One connection to a database, closed when its owner goes out of scope.
///
/// Not `Sendable`: one thread uses it at a time; `OwnerThread` is for that.
package struct Connection: ~Copyable {
    package enum Access: Sendable {
        /// Reads and writes; makes the database, private to its owner, when it's missing.
        case create
        /// Reads and writes a database that must exist.
        case readWrite
        /// Refuses every change. The database must exist.
        case read
    }

    /// The engine's own connection.
    enum Driver: ~Copyable {
        case sqlite(SQLite.Connection)
    }

    let driver: Driver

    /// Opens the database.
    ///
    /// A wait for another connection's lock ends after `busyTimeoutMs` with an error of kind `.busy`. Committed
    /// transactions survive the death of the process and of the machine.
    /// - Parameter pageBytes: the page size of a new database, for an engine whose files consist of pages.
    package static func open(
        _ location: DatabaseLocation,
        access: Access = .create,
        busyTimeoutMs: Int = 5_000,
        pageBytes: Int? = nil
    ) throws(DatabaseError) -> Connection {
        do throws(SQLiteError) {
            switch location {
            case .sqlite(let path):
                let connection = try SQLite.Connection.open(
                    path: path,
                    access: SQLite.Connection.Access(access),
                    busyTimeoutMs: busyTimeoutMs,
                    pageBytes: pageBytes
                )
                return Connection(driver: .sqlite(connection))
            }
        } catch {
            throw DatabaseError(error)
        }
    }

    package var engine: DatabaseEngine {
        switch driver {
        case .sqlite: .sqlite
        }
    }

    /// Runs any number of statements that take no values and give no rows.
    package borrowing func execute(_ sql: String) throws(DatabaseError) {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { try connection.execute(sql) } catch { throw DatabaseError(error) }
        }
    }

    /// The first column of the first row, for statements that give one number; `nil` for NULL and for no row.
    package borrowing func integer(_ sql: String) throws(DatabaseError) -> Int64? {
        var statement = try Statement(sql, on: self)
        guard try statement.step(), !statement.row.isNull(at: 0) else { return nil }
        return statement.row.int64(at: 0)
    }

    /// How many rows the last statement changed, without those that triggers and cascades changed.
    package var changeCount: Int {
        switch driver {
        case .sqlite(let connection): connection.changeCount
        }
    }

    /// A number that changes when another connection, of this process or any other, has committed. Only numbers of
    /// the same connection can be compared. Cheap enough to ask for several times a second.
    package borrowing func dataVersion() throws(DatabaseError) -> Int64 {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { return try connection.dataVersion() } catch {
                throw DatabaseError(error)
            }
        }
    }

    /// The faults that the engine finds in its data: damaged pages, rows whose parents are gone. Empty when there are
    /// none.
    ///
    /// Reads the whole database. At most 20 findings.
    package borrowing func faults() throws(DatabaseError) -> [String] {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { return try connection.faults() } catch { throw DatabaseError(error) }
        }
    }

    /// Leaves the engine's files where they are when the connection closes.
    ///
    /// For a database whose files were moved or removed: the files at their paths may by then be another database's.
    package borrowing func leaveFilesOnClose() {
        switch driver {
        case .sqlite(let connection): connection.leaveLogOnClose()
        }
    }
}

extension SQLite.Connection.Access {
    fileprivate init(_ access: Connection.Access) {
        switch access {
        case .create: self = .create
        case .readWrite: self = .readWrite
        case .read: self = .read
        }
    }
}
