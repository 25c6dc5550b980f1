import SQLite

extension Connection {
    /// Copies the whole database, as it is at one moment, into an empty file that only the caller knows. Nobody waits
    /// for the copy.
    ///
    /// Not inside a transaction. The copy isn't synced to the disk.
    /// - Parameter pagesMax: a copy with more pages fails as on a full disk; for tests.
    package borrowing func copy(to path: String, pagesMax: Int? = nil) throws(DatabaseError) {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { try connection.copy(to: path, pagesMax: pagesMax) } catch {
                throw DatabaseError(error)
            }
        }
    }

    /// Opens a copy that anybody may have made, only to read it. Nothing is written, neither into it nor beside it.
    ///
    /// The copy must not change meanwhile. After `milliseconds` each statement ends with an error of kind
    /// `.interrupted`.
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

    /// The findings of `faults()`, and indexes that disagree with their tables.
    package borrowing func allFaults() throws(DatabaseError) -> [String] {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { return try connection.allFaults() } catch { throw DatabaseError(error) }
        }
    }

    /// Tables, indexes, triggers and views in order, each with the statement that made it. One more than `countMax`
    /// entries shows that there are more.
    package borrowing func schema(countMax: Int) throws(DatabaseError) -> [(name: String, sql: String)] {
        switch driver {
        case .sqlite(let connection):
            do throws(SQLiteError) { return try connection.schema(countMax: countMax) } catch {
                throw DatabaseError(error)
            }
        }
    }
}
