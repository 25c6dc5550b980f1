import SQLite

extension Connection {
    /// Copies all of it, as it is at one moment, into an empty file that only the caller knows; nobody waits for it.
    ///
    /// Not inside a transaction. The copy isn't synced to the disk.
    /// - Parameter pagesMax: the copy is given up as on a full disk when it has more pages; for tests.
    package borrowing func copy(to path: String, pagesMax: Int? = nil) throws(DatabaseError) {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { try connection.copy(to: path, pagesMax: pagesMax) } catch {
                throw DatabaseError(error)
            }
        }
    }

    /// Opens a copy that anybody may have made, to read it alone. Nothing is written, not beside it either.
    ///
    /// It must stay as it is meanwhile. After `milliseconds` each statement ends with an error of kind `.interrupted`.
    package static func openCopy(
        _ location: DatabaseLocation,
        within milliseconds: Int
    ) throws(DatabaseError) -> Connection {
        switch location {
        case .sqlite(let path):
            do throws(SQLiteError) {
                return Connection(
                    driver: .sqlite(try SQLite.Connection.openUntrusted(path: path, within: milliseconds))
                )
            } catch {
                throw DatabaseError(error)
            }
        }
    }

    /// As `faults()`, and whether what only speeds look-ups up agrees with the rest.
    package borrowing func allFaults() throws(DatabaseError) -> [String] {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { return try connection.allFaults() } catch { throw DatabaseError(error) }
        }
    }

    /// Tables, indexes, triggers and views with what made them, in order; one more than `countMax` when there are more.
    package borrowing func schema(countMax: Int) throws(DatabaseError) -> [(name: String, sql: String)] {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { return try connection.schema(countMax: countMax) } catch {
                throw DatabaseError(error)
            }
        }
    }
}
