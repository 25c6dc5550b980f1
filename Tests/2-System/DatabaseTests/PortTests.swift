import Database
import SQLite
import TestSupport
import Testing

/// The port's methods, other than those for statements and transactions.
struct PortTests {
    @Test func `a stamp is part of its transaction, and a new database has none`() throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        let none = SchemaStamp(application: 0, version: 0)
        let stamp = SchemaStamp(application: 0x6D67_7731, version: 7)
        let (atFirst, isEmpty) = (try connection.schemaStamp(), try connection.isEmpty())
        #expect(atFirst == none && isEmpty)
        try connection.transaction(.writing, rehearse: true, wrap: { $0 }) { () throws(DatabaseError) in
            try connection.setSchemaStamp(stamp)
            try connection.execute("CREATE TABLE t (id INTEGER) STRICT")
        }
        let (rehearsed, isStillEmpty) = (try connection.schemaStamp(), try connection.isEmpty())
        #expect(rehearsed == none && isStillEmpty)
        try connection.transaction(.writing, wrap: { $0 }) { () throws(DatabaseError) in
            try connection.setSchemaStamp(stamp)
            try connection.execute("CREATE TABLE t (id INTEGER) STRICT")
        }
        let (atLast, isEmptyAtLast) = (try connection.schemaStamp(), try connection.isEmpty())
        #expect(atLast == stamp && !isEmptyAtLast)
        #expect(connection.engine == .sqlite)
    }

    @Test func `several databases are open side by side, each with its own transactions`() throws {
        try withTemporaryDirectory { folder in
            let one = try Connection.open(.sqlite(path: "\(folder)/one.db"))
            let two = try Connection.open(.sqlite(path: "\(folder)/two.db"))
            try one.execute("CREATE TABLE t (id INTEGER) STRICT")
            try two.execute("CREATE TABLE t (id INTEGER) STRICT")
            let before = try one.dataVersion()
            let (first, second) = try one.transaction(.writing, wrap: { $0 }) { () throws(DatabaseError) in
                try one.execute("INSERT INTO t VALUES (1)")
                return try two.transaction(.writing, wrap: { $0 }) { () throws(DatabaseError) in
                    try two.execute("INSERT INTO t VALUES (2), (3)")
                    return (one.changeCount, two.changeCount)
                }
            }
            #expect(first == 1 && second == 2)
            let after = try one.dataVersion()
            #expect(before == after)
        }
    }

    @Test func `an insert returns the row's id, also when a conflict makes it an update`() throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        try connection.execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, n INTEGER) STRICT"
        )
        var insert = try Statement(
            """
            INSERT INTO t (name, n) VALUES (?, 1)
            ON CONFLICT (name) DO UPDATE SET n = t.n + excluded.n RETURNING id, n
            """,
            on: connection
        )
        var rows: [[Int64]] = []
        for name in ["a", "b", "a"] {
            try insert.bind([.text(name)])
            while try insert.step() { rows.append([insert.row.int64(at: 0), insert.row.int64(at: 1)]) }
            insert.reset()
        }
        #expect(rows == [[1, 1], [2, 1], [1, 2]])
    }

    @Test func `conditions are read as numbers, and DISTINCT FROM compares NULL too`() throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        var select = try Statement(
            "SELECT ?1 IS NULL, ?1 IS DISTINCT FROM ?2, ?1 IS NOT DISTINCT FROM ?2",
            on: connection
        )
        for (left, right, expected) in [
            (Value.null, Value.null, [1, 0, 1]), (.null, .text("a"), [1, 1, 0]),
            (.text("a"), .text("a"), [0, 0, 1]), (.text("a"), .text("b"), [0, 1, 0]),
        ] as [(Value, Value, [Int64])] {
            try select.bind([left, right])
            _ = try select.step()
            let got = (0..<3).map { select.row.int64(at: $0) }
            #expect(got == expected)
            select.reset()
        }
    }

    @Test func `a sound database has no faults, and an orphaned row is one`() throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        try connection.execute(
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE child (id INTEGER REFERENCES parent (id)) STRICT;
            """
        )
        let sound = try connection.faults()
        #expect(sound.isEmpty)
        try connection.execute("PRAGMA foreign_keys = OFF; INSERT INTO child VALUES (1)")
        let faults = try connection.faults()
        #expect(faults == ["a row of child belongs to a row of parent that is gone"])
    }

    /// SQLITE_BUSY, LOCKED, CONSTRAINT_UNIQUE, NOTADB, CORRUPT, CANTOPEN, READONLY_DBMOVED, FULL, IOERR_READ, ERROR
    @Test(
        arguments: [
            (5, .busy), (6, .busy), (2_067, .constraint), (26, .notADatabase), (11, .corrupt),
            (14, .unavailable),
            (1_032, .readOnly), (13, .diskFull), (266, .ioFailed), (1, .other),
        ] as [(Int32, DatabaseError.Kind)]
    )
    func `each code of SQLite becomes its kind of error`(_ code: Int32, _ kind: DatabaseError.Kind) {
        let error = DatabaseError(SQLiteError(code: code, message: "why", sql: "SELECT 1"))
        #expect(error.kind == kind && error.summary == "SQLite \(code): why")
        #expect(error.description == "SQLite \(code): why, during: SELECT 1")
    }
}
