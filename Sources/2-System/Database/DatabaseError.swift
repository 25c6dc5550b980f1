package import SQLite

/// A database's error, and the SQL that it happened in. Bound values are never kept: they may be secrets.
package struct DatabaseError: Error, Equatable, CustomStringConvertible {
    /// The kind of error, as far as callers act on it; each engine has its own codes for them.
    package enum Kind: Sendable, Equatable {
        /// Another connection held a lock for longer than the busy timeout; worth another try.
        case busy
        case constraint
        /// The database there isn't one of this engine.
        case notADatabase
        case corrupt
        /// It can't be opened or reached.
        case unavailable
        case readOnly
        case diskFull
        case ioFailed
        /// The statement's time was up.
        case interrupted
        case other
    }

    package let kind: Kind
    /// The engine, its code and its message, without the SQL, which helps only developers.
    package let summary: String
    package let sql: String

    package init(_ kind: Kind, _ summary: String, sql: String = "") {
        self.kind = kind
        self.summary = summary
        self.sql = sql
    }

    package init(_ error: SQLiteError) {
        let kind: Kind =
            switch error.kind {
            case .busy: .busy
            case .constraint: .constraint
            case .notADatabase: .notADatabase
            case .corrupt: .corrupt
            case .cannotOpen: .unavailable
            case .readOnly: .readOnly
            case .diskFull: .diskFull
            case .ioFailed: .ioFailed
            case .interrupted: .interrupted
            case .other: .other
            }
        self.init(kind, error.summary, sql: error.sql)
    }

    package var description: String {
        sql.isEmpty ? summary : "\(summary), during: \(sql)"
    }
}
