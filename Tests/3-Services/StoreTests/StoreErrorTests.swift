import Database
import SQLite
import Testing

@testable import Store

struct StoreErrorTests {
    /// SQLITE_ERROR, PERM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, CONSTRAINT, NOTADB
    @Test(arguments: [1, 3, 8, 10, 11, 13, 14, 19, 26] as [Int32])
    func `the text of a database failure holds no SQL`(_ code: Int32) {
        let sql = "UPDATE tenant SET title = ? WHERE id = 7"
        let error = DatabaseError(SQLiteError(code: code, message: "why", sql: sql))
        for text in [
            "\(StoreError(error))", "\(StoreError(opening: .sqlite(path: "/nonexistent/x.db"), error))",
        ] {
            #expect(!text.contains("UPDATE") && !text.contains("tenant"), "\(text)")
        }
    }
}
