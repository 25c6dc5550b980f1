import Database

extension ReadTransaction {
    /// The faults that the engine finds in the store: damaged pages, rows whose parents are gone. Empty when there
    /// are none.
    ///
    /// Reads the whole store: for `doctor`, not for every start. At most 20 findings.
    package borrowing func faults() throws(StoreError) -> [String] {
        do throws(DatabaseError) { return try connection.faults() } catch { throw StoreError(error) }
    }

    /// How many migrations the store has had.
    package borrowing func schemaVersion() throws(StoreError) -> Int { Int(try schemaStamp().version) }

    borrowing func schemaStamp() throws(StoreError) -> SchemaStamp {
        do throws(DatabaseError) { return try connection.schemaStamp() } catch { throw StoreError(error) }
    }
}
