import Database
import Testing

/// Statements are kept prepared; only the time that they take may show it.
struct PreparedStatementTests {
    private static func connection() throws -> Connection {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, value TEXT) STRICT")
        return connection
    }

    @Test func `a statement of the same text starts afresh, without the values of the first`() throws {
        let connection = try Self.connection()
        for id in 0..<3 {
            var insert = try Statement("INSERT INTO t (id, value) VALUES (?, ?)", on: connection)
            try insert.bind(.integer(Int64(id)), at: 0)
            if id == 1 { try insert.bind(.text("one"), at: 1) }
            _ = try insert.step()
        }
        #expect(try connection.integer("SELECT count(*) FROM t WHERE value IS NULL") == 2)
        for _ in 0..<2 {
            // Left in the middle of its rows.
            var select = try Statement("SELECT id FROM t ORDER BY id", on: connection)
            _ = try select.step()
            let first = select.row.int64(at: 0)
            #expect(first == 0)
        }
        // A statement that still stood on a row would lock the table.
        try connection.execute("DROP TABLE t")
    }

    @Test func `two statements of the same text can be used at once`() throws {
        let connection = try Self.connection()
        try connection.execute("INSERT INTO t (id) VALUES (1), (2)")
        for _ in 0..<2 {
            var outer = try Statement("SELECT id FROM t ORDER BY id", on: connection)
            _ = try outer.step()
            var inner = try Statement("SELECT id FROM t ORDER BY id", on: connection)
            _ = try inner.step()
            _ = try inner.step()
            let (first, second) = (outer.row.int64(at: 0), inner.row.int64(at: 0))
            #expect(first == 1 && second == 2)
        }
    }

    @Test func `a statement that failed can be run again`() throws {
        let connection = try Self.connection()
        try connection.execute("INSERT INTO t (id) VALUES (1)")
        for id in [1, 2, 2, 3] as [Int64] {
            var insert = try Statement("INSERT INTO t (id) VALUES (?)", on: connection)
            try insert.bind(.integer(id), at: 0)
            _ = try? insert.step()
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 3)
    }

    @Test func `a kept statement still works after a change of its table`() throws {
        let connection = try Self.connection()
        try connection.execute("INSERT INTO t (id, value) VALUES (1, 'a')")
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
        try connection.execute("DROP TABLE t")
        #expect(throws: DatabaseError.self) { try connection.integer("SELECT count(*) FROM t") }
        try connection.execute("CREATE TABLE t (other TEXT)")
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
    }

    @Test func `more statements than are kept do no harm, and one may outlive its connection`() throws {
        var connection: Connection? = try Self.connection()
        for round in 0..<2 {
            for number in 0..<200 {
                guard let open = connection.take() else { break }
                #expect(try open.integer("SELECT \(number) + \(round) - \(round)") == Int64(number))
                connection = consume open
            }
        }
        guard let last = connection.take() else { return }
        let statement = try Statement("SELECT 7", on: last)
        Self.close(last)
        var late = statement
        _ = try late.step()
        let seven = late.row.int64(at: 0)
        #expect(seven == 7)
    }

    private static func close(_: consuming Connection) {}
}
