import CSQLite

/// An error of SQLite, and the SQL that it happened in. Bound values are never kept: they may be secrets.
///
/// Source: https://www.sqlite.org/rescode.html
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The kind of error that an extended code belongs to, as far as callers act on it.
    package enum Kind: Sendable, Equatable {
        /// Another connection held the lock for longer than the busy timeout.
        case busy
        case constraint
        case notADatabase
        case corrupt
        case cannotOpen
        case readOnly
        case diskFull
        case ioFailed
        /// The statement's time was up.
        case interrupted
        case other
    }

    /// The extended result code.
    package let code: Int32
    package let message: String
    package let sql: String

    package init(code: Int32, message: String, sql: String) {
        self.code = code
        self.message = message
        self.sql = sql
    }

    package var kind: Kind {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_CORRUPT: .corrupt
        case SQLITE_CANTOPEN: .cannotOpen
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .readOnly
        case SQLITE_FULL: .diskFull
        case SQLITE_IOERR: .ioFailed
        case SQLITE_INTERRUPT: .interrupted
        default: .other
        }
    }

    /// Without the SQL, which helps only developers.
    package var summary: String { "SQLite \(code): \(message)" }

    package var description: String {
        sql.isEmpty ? summary : "\(summary), during: \(sql)"
    }
}
