import SQLite

/// One prepared statement, given back to the engine when its owner goes out of scope.
///
/// Not `Sendable`: it stays on its connection's thread. Parameters and columns count from 0.
package struct Statement: ~Copyable {
    /// The row that the last step came to. Read it only after a step that returned `true`.
    package let row: Row

    /// Prepares exactly one statement; text after it is refused, so that nothing is skipped silently.
    package init(_ sql: String, on connection: borrowing Connection) throws(DatabaseError) {
        switch connection.driver {
        case .sqlite(let connection):
            do throws(SQLiteError) {
                row = Row(driver: .sqlite(try SQLite.Statement(sql, on: connection)))
            } catch {
                throw DatabaseError(error)
            }
        }
    }

    /// Binds all parameters in order, from the first on.
    package mutating func bind(_ values: [Value]) throws(DatabaseError) {
        for (index, value) in values.enumerated() { try bind(value, at: index) }
    }

    package mutating func bind(_ value: Value, at index: Int) throws(DatabaseError) {
        switch row.driver {
        case .sqlite(let statement):
            do throws(SQLiteError) {
                switch value {
                case .null: try statement.bindNull(at: index)
                case .integer(let integer): try statement.bind(integer, at: index)
                case .text(let text): try statement.bind(text, at: index)
                case .blob(let bytes): try statement.bind(bytes, at: index)
                }
            } catch {
                throw DatabaseError(error)
            }
        }
    }

    /// Advances to the next row; `false` when there is none.
    package mutating func step() throws(DatabaseError) -> Bool {
        switch row.driver {
        case .sqlite(let statement):
            do throws(SQLiteError) { return try statement.step() } catch { throw DatabaseError(error) }
        }
    }

    /// Makes the statement ready to run again with new values.
    package mutating func reset() {
        switch row.driver {
        case .sqlite(let statement): statement.reset()
        }
    }
}

/// One row of a result, valid until its statement moves on. Columns count from 0 in the order of the SELECT.
package struct Row: ~Copyable {
    /// The engine's own statement or result.
    enum Driver: ~Copyable {
        case sqlite(SQLite.Statement)
    }

    let driver: Driver

    package borrowing func isNull(at column: Int) -> Bool {
        switch driver {
        case .sqlite(let statement): statement.isNull(at: column)
        }
    }

    /// The column as a number, 1 and 0 for a condition; 0 for NULL.
    package borrowing func int64(at column: Int) -> Int64 {
        switch driver {
        case .sqlite(let statement): statement.int64(at: column)
        }
    }

    /// The column as text; `nil` for NULL. Invalid UTF-8 is repaired.
    package borrowing func text(at column: Int) -> String? {
        switch driver {
        case .sqlite(let statement): statement.text(at: column)
        }
    }

    /// The column's bytes; `nil` for NULL.
    package borrowing func blob(at column: Int) -> [UInt8]? {
        switch driver {
        case .sqlite(let statement): statement.blob(at: column)
        }
    }
}
