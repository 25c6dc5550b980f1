import CSQLite
import Glibc

extension Connection {
    /// Copies the database, as it is at one moment, into an empty file that only the caller knows.
    ///
    /// Neither readers nor writers of any process wait for it, however long it takes: it reads one version that the
    /// log keeps, and the log grows meanwhile. The copy is one file, with no log beside it; it isn't synced to the
    /// disk. Not inside a transaction.
    /// - Parameters:
    ///   - path: of an existing, empty file.
    ///   - pagesAtOnce: after this many pages the process briefly gives up its lock on the file.
    ///   - pagesMax: a copy with more pages fails as on a full disk; for tests.
    /// Source: https://www.sqlite.org/backup.html, https://www.sqlite.org/c3ref/backup_finish.html
    package borrowing func copy(
        to path: String,
        pagesAtOnce: Int = 1_024,
        pagesMax: Int? = nil
    ) throws(SQLiteError) {
        try execute("BEGIN")
        do throws(SQLiteError) {
            // The transaction sees the database as of its first read.
            _ = try integer("SELECT count(*) FROM sqlite_schema")
            try copyPages(to: path, pagesAtOnce, pagesMax)
        } catch {
            try? execute("ROLLBACK")  // there is nothing to undo
            throw error
        }
        try execute("ROLLBACK")
        // The copied header says that there is a log, as the original's does; this changes it.
        let copy = try Self.openPlain(path, SQLITE_OPEN_READWRITE)
        try copy.execute("PRAGMA synchronous=OFF")
        let statement = try Statement("PRAGMA journal_mode=DELETE", on: copy)
        _ = try statement.step()
    }

    private borrowing func copyPages(to path: String, _ pagesAtOnce: Int, _ pagesMax: Int?)
        throws(SQLiteError)
    {
        let copy = try Self.openPlain(path, SQLITE_OPEN_READWRITE)
        // The caller removes the copy when it fails, and syncs it when it's done.
        try copy.execute("PRAGMA synchronous=OFF")
        try copy.execute("PRAGMA journal_mode=OFF")
        if let pagesMax { try copy.execute("PRAGMA max_page_count=\(pagesMax)") }
        guard let backup = sqlite3_backup_init(copy.handle, "main", handle, "main") else {
            throw copy.failure(sqlite3_extended_errcode(copy.handle), during: "backup")
        }
        var waits = 0
        var code = SQLITE_OK
        repeat {
            code = sqlite3_backup_step(backup, CInt(clamping: pagesAtOnce))
            if [SQLITE_BUSY, SQLITE_LOCKED].contains(code & 0xFF) {
                guard waits < 500 else { break }
                sqlite3_sleep(10)
                waits += 1
                code = SQLITE_OK
            }
        } while code == SQLITE_OK
        let finished = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, finished == SQLITE_OK else {
            let reason = code == SQLITE_DONE ? finished : code
            throw SQLiteError(code: reason, message: String(cString: sqlite3_errstr(reason)), sql: "backup")
        }
    }

    /// Opens a file that anybody may have made, only to read it; neither it nor anything beside it is changed.
    ///
    /// The file must not change meanwhile: there is no lock and no log. Contents that no honest file has are refused
    /// early: long values and statements, pages that don't fit together, functions in its schema.
    /// - Parameter milliseconds: the time after which any statement ends with an error of kind `.interrupted`.
    /// Source: https://www.sqlite.org/security.html, https://www.sqlite.org/uri.html
    package static func openUntrusted(
        path: String,
        within milliseconds: Int
    ) throws(SQLiteError) -> Connection {
        let connection = try openPlain(
            "file:\(percentEncoded(path))?mode=ro&immutable=1",
            SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
        )
        for (limit, value) in [
            (SQLITE_LIMIT_LENGTH, CInt(64 << 20)), (SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
            (SQLITE_LIMIT_COLUMN, 200), (SQLITE_LIMIT_EXPR_DEPTH, 100),
            (SQLITE_LIMIT_COMPOUND_SELECT, 10), (SQLITE_LIMIT_VDBE_OP, 25_000),
            (SQLITE_LIMIT_ATTACHED, 0), (SQLITE_LIMIT_TRIGGER_DEPTH, 10),
        ] {
            _ = sqlite3_limit(connection.handle, limit, value)
        }
        // The deadline itself is passed in place of a pointer to it.
        let deadline = UnsafeMutableRawPointer(bitPattern: UInt(monotonicMs()) + UInt(max(milliseconds, 1)))
        sqlite3_progress_handler(connection.handle, 10_000, isOverdue, deadline)
        try connection.execute("PRAGMA cell_size_check=ON")
        try connection.execute("PRAGMA mmap_size=0")
        try connection.execute("PRAGMA query_only=ON")
        return connection
    }

    /// The findings of `faults()`, and indexes that disagree with their tables. Slower.
    ///
    /// Source: https://www.sqlite.org/pragma.html#pragma_integrity_check
    package borrowing func allFaults() throws(SQLiteError) -> [String] { try faults(of: "integrity_check") }

    /// The schema's entries by kind and name, each with the statement that made it, without the library's own tables
    /// of statistics. One more than `countMax` shows that there are more; names are cut after 200 characters,
    /// statements after 20,000, so that a hostile one takes no more memory than that.
    package borrowing func schema(countMax: Int) throws(SQLiteError) -> [(name: String, sql: String)] {
        let statement = try Statement(
            """
            SELECT substr(type || ' ' || name || ' of ' || tbl_name, 1, 200), substr(coalesce(sql, ''), 1, 20000)
            FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_stat_' ESCAPE '!' ORDER BY 1 LIMIT \(countMax + 1)
            """,
            on: self
        )
        var all: [(name: String, sql: String)] = []
        while try statement.step() { all.append((statement.text(at: 0) ?? "", statement.text(at: 1) ?? "")) }
        return all
    }

    private static func percentEncoded(_ path: String) -> String {
        path.utf8.map { byte in
            if byte &- 48 < 10 || (byte | 32) &- 97 < 26 || "/._-~".utf8.contains(byte) {
                return String(UnicodeScalar(byte))
            }
            return "%" + String(UInt16(byte) + 256, radix: 16).dropFirst()
        }.joined()
    }
}

private func monotonicMs() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
}

@c private func isOverdue(_ deadline: UnsafeMutableRawPointer?) -> CInt {
    Int64(bitPattern: UInt64(UInt(bitPattern: deadline))) <= monotonicMs() ? 1 : 0
}
