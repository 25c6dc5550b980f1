import CSQLite

/// One prepared statement. It goes back to its connection when its owner goes out of scope, so that the next one with
/// the same text is prepared already.
///
/// Not `Sendable`: it stays on its connection's thread. Parameters and columns count from 0. Binding, stepping and
/// resetting change the library's object, not this value, which is only a handle.
/// The connection may be closed first; `sqlite3_close_v2` waits for the last statement.
/// Source: https://www.sqlite.org/c3ref/stmt.html
package struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let sql: String
    private let cache: StatementCache

    /// Prepares exactly one statement; text after it is refused, so that nothing is skipped silently.
    package init(_ sql: String, on connection: borrowing Connection) throws(SQLiteError) {
        self.sql = sql
        cache = connection.statements
        if let kept = cache.take(sql) {
            handle = kept
            return
        }
        var prepared: OpaquePointer?
        var rest = 0
        let code = sql.withCString { start in
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(
                connection.handle,
                start,
                -1,
                CUnsignedInt(SQLITE_PREPARE_PERSISTENT),
                &prepared,
                &tail
            )
            rest = tail.map { Self.countOfText(from: $0) } ?? 0
            return code
        }
        guard code == SQLITE_OK else { throw connection.failure(code, during: sql) }
        guard let prepared else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "no statement in the text", sql: sql)
        }
        guard rest == 0 else {
            sqlite3_finalize(prepared)
            throw SQLiteError(code: SQLITE_MISUSE, message: "more than one statement in the text", sql: sql)
        }
        handle = prepared
    }

    deinit { cache.giveBack(handle, sql) }

    package borrowing func bindNull(at index: Int) throws(SQLiteError) {
        try check(sqlite3_bind_null(handle, position(index)))
    }

    package borrowing func bind(_ integer: Int64, at index: Int) throws(SQLiteError) {
        try check(sqlite3_bind_int64(handle, position(index), integer))
    }

    /// Binds the text with its length, so that NUL in it is kept.
    package borrowing func bind(_ text: String, at index: Int) throws(SQLiteError) {
        try check(shim_bind_text(handle, position(index), text, UInt64(text.utf8.count)))
    }

    package borrowing func bind(_ bytes: [UInt8], at index: Int) throws(SQLiteError) {
        let code = bytes.withUnsafeBytes { raw in
            // An empty array has no address, and a null address would bind NULL.
            guard let start = raw.baseAddress, raw.count > 0 else {
                return sqlite3_bind_zeroblob(handle, position(index), 0)
            }
            return shim_bind_blob(handle, position(index), start, UInt64(raw.count))
        }
        try check(code)
    }

    /// Advances to the next row; `false` when there is none.
    package borrowing func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    /// Makes the statement ready to run again with new values.
    package borrowing func reset() {
        sqlite3_reset(handle)  // its result only repeats the last step's
        sqlite3_clear_bindings(handle)
    }

    package borrowing func isNull(at column: Int) -> Bool {
        sqlite3_column_type(handle, CInt(clamping: column)) == SQLITE_NULL
    }

    /// The column as a number; 0 for NULL.
    package borrowing func int64(at column: Int) -> Int64 {
        sqlite3_column_int64(handle, CInt(clamping: column))
    }

    /// The column as text, including any NUL; `nil` for NULL. Invalid UTF-8 is repaired.
    package borrowing func text(at column: Int) -> String? {
        guard let start = sqlite3_column_text(handle, CInt(clamping: column)) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, CInt(clamping: column)))  // a C string would stop at NUL
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The column's bytes; `nil` for NULL.
    package borrowing func blob(at column: Int) -> [UInt8]? {
        if isNull(at: column) { return nil }
        // For an empty blob the library gives no address.
        guard let start = sqlite3_column_blob(handle, CInt(clamping: column)) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, CInt(clamping: column)))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The library counts parameters from 1.
    private borrowing func position(_ index: Int) -> CInt { CInt(clamping: index + 1) }

    private borrowing func check(_ code: CInt) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private borrowing func failure(_ code: CInt) -> SQLiteError {
        let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        return SQLiteError(code: code, message: message, sql: String(cString: sqlite3_sql(handle)))
    }

    /// How many bytes are left that aren't white space or a closing semicolon.
    private static func countOfText(from start: UnsafePointer<CChar>) -> Int {
        var count = 0
        var at = start
        while at.pointee != 0 {
            if ![0x20, 0x09, 0x0A, 0x0D, 0x3B].contains(at.pointee) { count += 1 }
            at += 1
        }
        return count
    }
}
