import Glibc
import SQLite
import Testing
import TestSupport

struct ConnectionTests {
    @Test func `a file database is in WAL mode, fully synchronous, with foreign keys, and private`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let connection = try Connection.open(path: path)
            let synchronous = try connection.integer("PRAGMA synchronous")
            let foreignKeys = try connection.integer("PRAGMA foreign_keys")
            let trusted = try connection.integer("PRAGMA trusted_schema")
            let isWAL = try connection.integer(
                "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"
            )
            #expect(synchronous == 2)
            #expect(foreignKeys == 1)
            #expect(trusted == 0)
            #expect(isWAL == 1)
            try connection.execute("CREATE TABLE t (id INTEGER) STRICT")
            for file in [path, path + "-wal", path + "-shm"] {
                var status = stat()
                #expect(stat(file, &status) == 0)
                #expect(status.st_mode & 0o777 == 0o600)
            }
        }
    }

    @Test func `the schema table can't be written to`() throws {
        let connection = try Connection.open(path: ":memory:")
        try connection.execute("CREATE TABLE t (id INTEGER) STRICT")
        var refused = false
        do {
            try connection.execute("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'x'")
        } catch { refused = true }
        #expect(refused)
    }

    @Test func `a reading connection refuses to change anything`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let writer = try Connection.open(path: path)
            try writer.execute("CREATE TABLE t (id INTEGER) STRICT")
            let error = try #require(throws: SQLiteError.self) {
                let reader = try Connection.open(path: path, access: .read)
                try reader.execute("INSERT INTO t VALUES (1)")
            }
            #expect(error.kind == .readOnly)
        }
    }

    @Test(arguments: [Connection.Access.read, .readWrite])
    func `only creating makes a file`(_ access: Connection.Access) throws {
        try withTemporaryDirectory { directory in
            let error = try #require(throws: SQLiteError.self) {
                _ = try Connection.open(path: "\(directory)/a.db", access: access)
            }
            #expect(error.kind == .cannotOpen)
        }
    }

    @Test func `a file that is no database says so`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let text = String(repeating: "This is a text, not a database. ", count: 100)
            let file = try #require(fopen(path, "w"))
            fputs(text, file)
            fclose(file)
            let error = try #require(throws: SQLiteError.self) { _ = try Connection.open(path: path) }
            #expect(error.kind == .notADatabase)
        }
    }

    @Test func `data version changes with another connection's commit and not with one's own`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let one = try Connection.open(path: path)
            let two = try Connection.open(path: path)
            try one.execute("CREATE TABLE t (id INTEGER) STRICT")
            let before = try one.dataVersion()
            try one.execute("INSERT INTO t VALUES (1)")
            let afterOwn = try one.dataVersion()
            try two.execute("INSERT INTO t VALUES (2)")
            let afterOther = try one.dataVersion()
            #expect(before == afterOwn)
            #expect(before != afterOther)
        }
    }

    @Test func `a lock that is held too long is busy`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let holder = try Connection.open(path: path)
            try holder.execute("CREATE TABLE t (id INTEGER) STRICT; BEGIN IMMEDIATE")
            let error = try #require(throws: SQLiteError.self) {
                let other = try Connection.open(path: path, busyTimeoutMs: 20)
                try other.execute("BEGIN IMMEDIATE")
            }
            #expect(error.kind == .busy)
            try holder.execute("COMMIT")
        }
    }
}

struct TransactionTests {
    private struct Stop: Error, Equatable {
        var number: Int
    }

    @Test func `what a body throws undoes its work and is thrown on`() throws {
        let connection = try Connection.open(path: ":memory:")
        try connection.execute("CREATE TABLE t (id INTEGER) STRICT")
        var caught: Stop?
        do throws(Stop) {
            try connection.transaction(.writing, wrap: { _ in Stop(number: 0) }) { () throws(Stop) in
                try? connection.execute("INSERT INTO t VALUES (1)")
                throw Stop(number: 7)
            }
        } catch { caught = error }
        let count = try connection.integer("SELECT count(*) FROM t")
        #expect(caught == Stop(number: 7))
        #expect(count == 0)
        // The connection is free for the next one.
        let two = try connection.transaction(.writing, wrap: { $0 }) { () throws(SQLiteError) in
            try connection.execute("INSERT INTO t VALUES (2)")
            return 2
        }
        let after = try connection.integer("SELECT count(*) FROM t")
        #expect(two == 2)
        #expect(after == 1)
    }

    @Test func `a failed commit leaves nothing behind`() throws {
        let connection = try Connection.open(path: ":memory:")
        try connection.execute(
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
            """
        )
        var kind: SQLiteError.Kind?
        do throws(SQLiteError) {
            try connection.transaction(.writing, wrap: { $0 }) { () throws(SQLiteError) in
                try connection.execute("INSERT INTO child VALUES (1)")
            }
        } catch { kind = error.kind }
        let count = try connection.integer("SELECT count(*) FROM child")
        #expect(kind == .constraint)
        #expect(count == 0)
    }

    @Test func `a reading transaction sees one moment and doesn't stop a writer`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let writer = try Connection.open(path: path, busyTimeoutMs: 0)
            try writer.execute("CREATE TABLE t (id INTEGER) STRICT")
            let reader = try Connection.open(path: path, access: .read, busyTimeoutMs: 0)
            let counts = try reader.transaction(.reading, wrap: { $0 }) { () throws(SQLiteError) in
                let before = try reader.integer("SELECT count(*) FROM t")
                try writer.execute("INSERT INTO t VALUES (1)")
                return [before, try reader.integer("SELECT count(*) FROM t")]
            }
            let after = try reader.integer("SELECT count(*) FROM t")
            #expect(counts == [0, 0])
            #expect(after == 1)
        }
    }
}
