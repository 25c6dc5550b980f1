import SQLite

extension ReadTransaction {
    /// What SQLite finds wrong with the file: damaged pages, rows whose parents are gone. Empty is good.
    ///
    /// Reads the whole file: for `doctor`, not for every start. At most 20 findings.
    /// Source: https://www.sqlite.org/pragma.html#pragma_quick_check
    package borrowing func faults() throws(StoreError) -> [String] {
        let damage = try rows("PRAGMA quick_check(20)") { row throws(StoreError) in row.text(at: 0) ?? "" }
        let orphans = try rows("PRAGMA foreign_key_check") { row throws(StoreError) in
            "a row of \(row.text(at: 0) ?? "a table") belongs to a row of \(row.text(at: 2) ?? "another") that is gone"
        }
        return Array((damage.filter { $0 != "ok" } + orphans).prefix(20))
    }

    /// How many migrations the file has had.
    package borrowing func schemaVersion() throws(StoreError) -> Int {
        Int(try integer("PRAGMA user_version"))
    }
}
