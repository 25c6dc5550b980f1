import Database

extension ReadTransaction {
    /// Whether there is a tenant of that name, or was one that has been removed.
    package borrowing func hasHistory(ofTenant name: TenantName) throws(StoreError) -> Bool {
        try !rows(
            "SELECT id FROM tenant WHERE name = ? OR removed_name = ? LIMIT 1",
            [.text(name.text), .text(name.text)]
        ) { row throws(StoreError) in row.int64(at: 0) }.isEmpty
    }

    /// Whether there is a key of that prefix, revoked or not, also of a removed tenant.
    package borrowing func hasKey(prefix: String) throws(StoreError) -> Bool {
        try !rows("SELECT id FROM tenant_key WHERE prefix = ?", [.text(prefix)]) { row throws(StoreError) in
            row.int64(at: 0)
        }.isEmpty
    }
}
