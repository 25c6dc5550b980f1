import CSQLite

/// One database connection, closed when its owner goes out of scope.
///
/// Not `Sendable`: one thread uses it at a time, as the library's own mutex is off (NOMUTEX).
/// Source: https://www.sqlite.org/c3ref/open.html
package struct Connection: ~Copyable {
    package enum Access: Sendable {
        /// Reads and writes; makes the file, private to its owner, when it's missing.
        case create
        /// Reads and writes a file that must exist.
        case readWrite
        /// Refuses every change (`query_only`). The file must exist, and its folder be writable: WAL readers share
        /// an index in a file beside the database.
        case read
    }

    let handle: OpaquePointer

    /// Opens the file, or a private database in memory for the path `:memory:`.
    ///
    /// A wait for another connection's lock ends after `busyTimeoutMs` with an error of kind `.busy`. Committed
    /// transactions survive the death of the process (the log is written before COMMIT returns, and the next
    /// connection replays it) and of the machine (`synchronous=FULL` also syncs the log to the disk; NORMAL may lose
    /// the last commits at power loss).
    /// Sources: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous,
    /// https://www.sqlite.org/security.html
    package static func open(
        path: String,
        access: Access = .create,
        busyTimeoutMs: Int = 5_000
    ) throws(SQLiteError) -> Connection {
        if access == .create, path != ":memory:" { DatabaseFile(path: path).createIfMissing() }
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let creating = access == .create ? SQLITE_OPEN_CREATE : 0
        let code = sqlite3_open_v2(path, &opened, flags | creating, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw SQLiteError(code: code, message: String(cString: sqlite3_errstr(code)), sql: "")
        }
        let connection = Connection(handle: opened)
        let timeout = CInt(clamping: busyTimeoutMs)
        try connection.check(sqlite3_busy_timeout(opened, timeout), during: "busy_timeout")
        try connection.harden()
        if access == .read {
            try connection.execute("PRAGMA query_only=ON")
        } else {
            try connection.switchToWAL(waitingMs: busyTimeoutMs)
            try connection.execute("PRAGMA synchronous=FULL")
        }
        return connection
    }

    private init(handle: OpaquePointer) { self.handle = handle }

    deinit { sqlite3_close_v2(handle) }  // waits for the last statement by itself

    /// Runs any number of statements that take no values and give no rows.
    package borrowing func execute(_ sql: String) throws(SQLiteError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil), during: sql)
    }

    /// The first column of the first row, for statements that give one number.
    package borrowing func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        var statement = try Statement(sql, on: self)
        guard try statement.step(), !statement.isNull(at: 0) else { return nil }
        return statement.int64(at: 0)
    }

    /// How many rows the last statement changed, triggers' and cascades' not counted.
    package var changeCount: Int { Int(sqlite3_changes64(handle)) }

    package var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// A number that changes when another connection, of this process or any other, has committed; local otherwise.
    ///
    /// Cheap: one look at the shared index. Source: https://www.sqlite.org/pragma.html#pragma_data_version
    package borrowing func dataVersion() throws(SQLiteError) -> Int64 {
        try integer("PRAGMA data_version") ?? 0
    }

    /// Leaves the log where it is when the connection closes.
    ///
    /// For a file that was moved or removed: the log is deleted by its name, which may by then be another database's.
    /// Source: https://www.sqlite.org/c3ref/c_dbconfig_defensive.html (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)
    package borrowing func leaveLogOnClose() {
        shim_db_config(handle, CInt(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE), 1)
    }

    borrowing func failure(_ code: CInt, during sql: String) -> SQLiteError {
        SQLiteError(code: code, message: String(cString: sqlite3_errmsg(handle)), sql: sql)
    }

    private borrowing func check(_ code: CInt, during sql: String) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw failure(code, during: sql) }
    }

    /// A schema that someone else wrote into the file gets no say beyond its data, and typing errors are errors.
    private borrowing func harden() throws(SQLiteError) {
        for (option, value) in [
            (SQLITE_DBCONFIG_ENABLE_FKEY, CInt(1)), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
        ] {
            try check(shim_db_config(handle, CInt(option), value), during: "db_config \(option)")
        }
    }

    /// Once per file: the mode stays in it. The switch needs the file alone, and gives up at once, without asking the
    /// busy handler, when two connections try together; so it's tried again until the time is up.
    private borrowing func switchToWAL(waitingMs: Int) throws(SQLiteError) {
        var waitedMs = 0
        while true {
            do throws(SQLiteError) {
                var statement = try Statement("PRAGMA journal_mode=WAL", on: self)
                _ = try statement.step()
                return
            } catch {
                guard error.kind == .busy, waitedMs < waitingMs else { throw error }
            }
            sqlite3_sleep(10)
            waitedMs += 10
        }
    }
}
