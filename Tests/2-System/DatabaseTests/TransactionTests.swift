import Database
import TestSupport
import Testing

struct TransactionTests {
    private struct Stop: Error, Equatable {
        var number: Int
    }

    @Test func `an error that the body throws undoes its work and reaches the caller`() throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
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
        // The connection is free for the next transaction.
        let two = try connection.transaction(.writing, wrap: { $0 }) { () throws(DatabaseError) in
            try connection.execute("INSERT INTO t VALUES (2)")
            return 2
        }
        let after = try connection.integer("SELECT count(*) FROM t")
        #expect(two == 2)
        #expect(after == 1)
    }

    @Test func `a failed commit leaves nothing behind`() throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        try connection.execute(
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
            """
        )
        var kind: DatabaseError.Kind?
        do throws(DatabaseError) {
            try connection.transaction(.writing, wrap: { $0 }) { () throws(DatabaseError) in
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
            let writer = try Connection.open(.sqlite(path: path), busyTimeoutMs: 0)
            try writer.execute("CREATE TABLE t (id INTEGER) STRICT")
            let reader = try Connection.open(.sqlite(path: path), access: .read, busyTimeoutMs: 0)
            let counts = try reader.transaction(.reading, wrap: { $0 }) { () throws(DatabaseError) in
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
