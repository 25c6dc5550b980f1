import CSQLite
import Glibc

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
    let statements = StatementCache()

    /// Opens the file, or a private database in memory for the path `:memory:`.
    ///
    /// A wait for another connection's lock ends after `busyTimeoutMs` with an error of kind `.busy`. Committed
    /// transactions survive the death of the process (the log is written before COMMIT returns, and the next
    /// connection replays it) and of the machine (`synchronous=FULL` also syncs the log to the disk; NORMAL may lose
    /// the last commits at power loss).
    /// - Parameter pageBytes: the page size of a file that is made here: a power of two, by default 4,096.
    /// Sources: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous,
    /// https://www.sqlite.org/security.html
    package static func open(
        path: String,
        access: Access = .create,
        busyTimeoutMs: Int = 5_000,
        pageBytes: Int? = nil
    ) throws(SQLiteError) -> Connection {
        if access == .create, path != ":memory:" { makeFileIfMissing(path) }
        let creating = access == .create ? SQLITE_OPEN_CREATE : 0
        let connection = try openPlain(path, SQLITE_OPEN_READWRITE | creating)
        let timeout = CInt(clamping: busyTimeoutMs)
        try connection.check(sqlite3_busy_timeout(connection.handle, timeout), during: "busy_timeout")
        if access == .read {
            try connection.execute("PRAGMA query_only=ON")
        } else {
            // On a file that has pages already, this has no effect.
            if let pageBytes { try connection.execute("PRAGMA page_size=\(pageBytes)") }
            try connection.switchToWAL(waitingMs: busyTimeoutMs)
            try connection.execute("PRAGMA synchronous=FULL")
        }
        return connection
    }

    /// Opens a hardened connection that doesn't wait for locks.
    static func openPlain(_ path: String, _ flags: CInt) throws(SQLiteError) -> Connection {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw SQLiteError(code: code, message: String(cString: sqlite3_errstr(code)), sql: "")
        }
        let connection = Connection(handle: opened)
        try connection.harden()
        return connection
    }

    private init(handle: OpaquePointer) { self.handle = handle }

    deinit {
        statements.close()
        sqlite3_close_v2(handle)  // waits for the last statement by itself
    }

    /// Runs any number of statements that take no values and give no rows.
    package borrowing func execute(_ sql: String) throws(SQLiteError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil), during: sql)
    }

    /// The first column of the first row, for statements that give one number.
    package borrowing func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try Statement(sql, on: self)
        guard try statement.step(), !statement.isNull(at: 0) else { return nil }
        return statement.int64(at: 0)
    }

    /// How many rows the last statement changed, without those that triggers and cascades changed.
    package var changeCount: Int { Int(sqlite3_changes64(handle)) }

    /// A number that changes when another connection, of this process or any other, has committed. Only numbers of
    /// the same connection can be compared.
    ///
    /// Cheap: one read of the shared index. Source: https://www.sqlite.org/pragma.html#pragma_data_version
    package borrowing func dataVersion() throws(SQLiteError) -> Int64 {
        try integer("PRAGMA data_version") ?? 0
    }

    /// Damaged pages, and rows whose parents are gone; at most 20. Reads the whole file.
    ///
    /// Source: https://www.sqlite.org/pragma.html#pragma_quick_check
    package borrowing func faults() throws(SQLiteError) -> [String] { try faults(of: "quick_check") }

    borrowing func faults(of check: String) throws(SQLiteError) -> [String] {
        var faults: [String] = []
        let damage = try Statement("PRAGMA \(check)(20)", on: self)
        while try damage.step() {
            let text = damage.text(at: 0) ?? ""
            if text != "ok" { faults.append(text) }
        }
        let orphans = try Statement("PRAGMA foreign_key_check", on: self)
        while try orphans.step(), faults.count < 20 {
            let (child, parent) = (orphans.text(at: 0) ?? "a table", orphans.text(at: 2) ?? "another")
            faults.append("a row of \(child) belongs to a row of \(parent) that is gone")
        }
        return faults
    }

    /// The id of the program that the file belongs to; 0 for a new file, and for those of most programs.
    ///
    /// Source: https://www.sqlite.org/pragma.html#pragma_application_id
    package borrowing func applicationID() throws(SQLiteError) -> Int64 {
        try integer("PRAGMA application_id") ?? 0
    }

    package borrowing func setApplicationID(_ id: Int64) throws(SQLiteError) {
        try execute("PRAGMA application_id = \(id)")
    }

    /// A number that the file's program may choose, 0 in a new file: a store keeps its schema version here.
    ///
    /// Source: https://www.sqlite.org/pragma.html#pragma_user_version
    package borrowing func userVersion() throws(SQLiteError) -> Int64 {
        try integer("PRAGMA user_version") ?? 0
    }

    package borrowing func setUserVersion(_ version: Int64) throws(SQLiteError) {
        try execute("PRAGMA user_version = \(version)")
    }

    /// Whether no table, index or trigger is in it.
    package borrowing func isEmpty() throws(SQLiteError) -> Bool {
        try integer("SELECT count(*) FROM sqlite_schema") == 0
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

    /// Turns foreign keys on, gives a schema that someone else wrote into the file no power beyond its data, and
    /// makes a misspelled name an error instead of a string.
    private borrowing func harden() throws(SQLiteError) {
        for (option, value) in [
            (SQLITE_DBCONFIG_ENABLE_FKEY, CInt(1)), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
        ] {
            try check(shim_db_config(handle, CInt(option), value), during: "db_config \(option)")
        }
    }

    /// Switches the file to WAL, once per file: the mode is kept in it. The switch needs the file alone. When two
    /// connections try together it fails at once, without asking the busy handler; so it's tried again until the time
    /// is up.
    private borrowing func switchToWAL(waitingMs: Int) throws(SQLiteError) {
        var waitedMs = 0
        while true {
            do throws(SQLiteError) {
                let statement = try Statement("PRAGMA journal_mode=WAL", on: self)
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

/// Makes an empty file that only its owner may read: it will hold secrets. SQLite gives the log and its index the
/// same permissions. Errors are ignored here: opening the file then fails too, with a better message.
private func makeFileIfMissing(_ path: String) {
    let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    if descriptor >= 0 { close(descriptor) }
}
