import Database
import Testing

struct StatementTests {
    @Test(arguments: [
        "plain", "", "naïve 🐦", "nul\0inside", "\0", "'; DROP TABLE t; --", "\"]`[%_*?", "?1 :a @b $c",
        String(repeating: "x", count: 300_000),
    ])
    func `text survives a round trip`(_ text: String) throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        try connection.execute("CREATE TABLE t (value TEXT NOT NULL) STRICT")
        var insert = try Statement("INSERT INTO t (value) VALUES (?)", on: connection)
        try insert.bind([.text(text)])
        let hasRow = try insert.step()
        #expect(!hasRow)
        var select = try Statement(
            "SELECT value, length(CAST(value AS BLOB)) FROM t WHERE value = ?",
            on: connection
        )
        try select.bind([.text(text)])
        let found = try select.step()
        #expect(found)
        let got = select.row.text(at: 0)
        let count = select.row.int64(at: 1)
        #expect(got == text)
        #expect(count == text.utf8.count)
    }

    @Test(arguments: [[], [0], [0, 0, 0], Array(0...255), [UInt8](repeating: 0xFF, count: 100_000)])
    func `a blob survives a round trip, an empty one too`(_ bytes: [UInt8]) throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        var select = try Statement("SELECT ?1, typeof(?1), length(?1)", on: connection)
        try select.bind([.blob(bytes)])
        _ = try select.step()
        let got = select.row.blob(at: 0)
        let type = select.row.text(at: 1)
        let count = select.row.int64(at: 2)
        #expect(got == bytes)
        #expect(type == "blob")
        #expect(count == bytes.count)
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 1 << 53 + 1, .max])
    func `an integer survives a round trip`(_ integer: Int64) throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        var select = try Statement("SELECT ?", on: connection)
        try select.bind([.integer(integer)])
        _ = try select.step()
        let got = select.row.int64(at: 0)
        #expect(got == integer)
    }

    @Test func `NULL is read as nil, and as 0 for a number`() throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        var select = try Statement("SELECT ?", on: connection)
        try select.bind([Value(String?.none)])
        _ = try select.step()
        let isNull = select.row.isNull(at: 0)
        let text = select.row.text(at: 0)
        let blob = select.row.blob(at: 0)
        let number = select.row.int64(at: 0)
        #expect(isNull)
        #expect(text == nil)
        #expect(blob == nil)
        #expect(number == 0)
    }

    @Test func `a column that isn't there is null`() throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        var select = try Statement("SELECT 1", on: connection)
        _ = try select.step()
        for column in [1, -1, Int.max] {
            let text = select.row.text(at: column)
            #expect(text == nil)
        }
    }

    @Test func `a reset statement runs again without its old values`() throws {
        let connection = try Connection.open(.sqlite(path: ":memory:"))
        var select = try Statement("SELECT ?", on: connection)
        for round in 0..<3 {
            try select.bind([.integer(Int64(round))])
            _ = try select.step()
            let got = select.row.int64(at: 0)
            #expect(got == round)
            select.reset()
        }
        _ = try select.step()
        let isNull = select.row.isNull(at: 0)
        #expect(isNull)
    }

    @Test(arguments: ["SELEC 1", "", " ; ", "SELECT 1; SELECT 2", "SELECT \"no such column\""])
    func `the error of a bad statement names its SQL`(_ sql: String) throws {
        let error = try #require(throws: DatabaseError.self) {
            let connection = try Connection.open(.sqlite(path: ":memory:"))
            _ = try Statement(sql, on: connection)
        }
        #expect(error.sql == sql)
        #expect(!error.summary.isEmpty)
    }

    @Test func `an error never repeats a bound value`() throws {
        let error = try #require(throws: DatabaseError.self) {
            let connection = try Connection.open(.sqlite(path: ":memory:"))
            try connection.execute("CREATE TABLE t (value INTEGER NOT NULL UNIQUE) STRICT")
            var insert = try Statement("INSERT INTO t (value) VALUES (?)", on: connection)
            try insert.bind([.text("mgw_secret")])
            _ = try insert.step()
        }
        #expect(error.kind == .constraint)
        #expect(!error.description.contains("mgw_secret"))
    }

    @Test func `a parameter that isn't there is refused`() throws {
        #expect(throws: DatabaseError.self) {
            let connection = try Connection.open(.sqlite(path: ":memory:"))
            var select = try Statement("SELECT ?", on: connection)
            try select.bind([.null, .null])
        }
    }
}
