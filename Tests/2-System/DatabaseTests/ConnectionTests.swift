import Glibc
import Database
import Testing
import TestSupport

struct ConnectionTests {
    @Test func `a file database is in WAL mode, fully synchronous, with foreign keys, and private`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let connection = try Connection.open(.sqlite(path: path))
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
        let connection = try Connection.open(.sqlite(path: ":memory:"))
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
            let writer = try Connection.open(.sqlite(path: path))
            try writer.execute("CREATE TABLE t (id INTEGER) STRICT")
            let error = try #require(throws: DatabaseError.self) {
                let reader = try Connection.open(.sqlite(path: path), access: .read)
                try reader.execute("INSERT INTO t VALUES (1)")
            }
            #expect(error.kind == .readOnly)
        }
    }

    @Test(arguments: [Connection.Access.read, .readWrite])
    func `only the access that creates makes a file`(_ access: Connection.Access) throws {
        try withTemporaryDirectory { directory in
            let error = try #require(throws: DatabaseError.self) {
                _ = try Connection.open(.sqlite(path: "\(directory)/a.db"), access: access)
            }
            #expect(error.kind == .unavailable)
        }
    }

    @Test func `a file that isn't a database gives an error that says so`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let text = String(repeating: "This is a text, not a database. ", count: 100)
            let file = try #require(fopen(path, "w"))
            fputs(text, file)
            fclose(file)
            let error = try #require(throws: DatabaseError.self) {
                _ = try Connection.open(.sqlite(path: path))
            }
            #expect(error.kind == .notADatabase)
        }
    }

    @Test func `data version changes with another connection's commit and not with one's own`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let one = try Connection.open(.sqlite(path: path))
            let two = try Connection.open(.sqlite(path: path))
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

    @Test func `waiting too long for a lock is a busy error`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/a.db"
            let holder = try Connection.open(.sqlite(path: path))
            try holder.execute("CREATE TABLE t (id INTEGER) STRICT; BEGIN IMMEDIATE")
            let error = try #require(throws: DatabaseError.self) {
                let other = try Connection.open(.sqlite(path: path), busyTimeoutMs: 20)
                try other.execute("BEGIN IMMEDIATE")
            }
            #expect(error.kind == .busy)
            try holder.execute("COMMIT")
        }
    }
}
