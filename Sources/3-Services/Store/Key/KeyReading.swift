import Policy
import Database

extension ReadTransaction {
    /// The keys of one tenant, or of all, oldest first; includes revoked and expired ones, but not a removed
    /// tenant's.
    /// - Throws: `.notFound` for a tenant that isn't there.
    package borrowing func keys(of tenant: TenantName? = nil) throws(StoreError) -> [KeyRecord] {
        guard let tenant else {
            return try rows("\(selectKeys) ORDER BY tenant_key.id") { row throws(StoreError) in
                try keyRecord(row)
            }
        }
        let id = try self.tenant(tenant, nowMs: 0).id
        return try rows("\(selectKeys) AND tenant.id = ? ORDER BY tenant_key.id", [.integer(id)]) {
            row throws(StoreError) in try keyRecord(row)
        }
    }

    /// The key of that prefix.
    /// - Throws: `.invalid` for a text that isn't a prefix (the error doesn't repeat it: it may be a whole key);
    ///   `.notFound`.
    package borrowing func key(prefix: String) throws(StoreError) -> KeyRecord {
        guard SecretText.isPrefix(prefix) else {
            throw StoreError(
                .invalid,
                "that is not a key prefix",
                hint: "give the 8 characters between mgw_ and the next _; `mcp-gateway key list` shows them"
            )
        }
        let found = try rows("\(selectKeys) AND tenant_key.prefix = ?", [.text(prefix)]) {
            row throws(StoreError) in try keyRecord(row)
        }
        guard let key = found.first else {
            throw StoreError(
                .notFound,
                "there is no key \(prefix)",
                hint: "`mcp-gateway key list` shows the keys"
            )
        }
        return key
    }
}

private let selectKeys = """
    SELECT tenant_key.id, tenant.name, tenant_key.prefix, tenant_key.name, tenant_key.allow_patterns,
        tenant_key.created_at_ms, tenant_key.expires_at_ms, tenant_key.revoked_at_ms, tenant_key.deny_patterns,
        tenant_key.last_used_at_ms, successor.prefix
    FROM tenant_key JOIN tenant ON tenant.id = tenant_key.tenant_id
        LEFT JOIN tenant_key AS successor ON successor.id = tenant_key.rotated_to
    WHERE tenant.removed_at_ms IS NULL
    """

private func keyRecord(_ row: borrowing Row) throws(StoreError) -> KeyRecord {
    KeyRecord(
        id: row.int64(at: 0),
        tenant: try checked(TenantName(row.text(at: 1) ?? "")),
        prefix: row.text(at: 2) ?? "",
        name: row.text(at: 3),
        allow: try storedPatterns(row, at: 4),
        deny: try storedPatterns(row, at: 8),
        createdAtMs: row.int64(at: 5),
        expiresAtMs: row.isNull(at: 6) ? nil : row.int64(at: 6),
        revokedAtMs: row.isNull(at: 7) ? nil : row.int64(at: 7),
        lastUsedAtMs: row.isNull(at: 9) ? nil : row.int64(at: 9),
        rotatedTo: row.text(at: 10)
    )
}
