package import Policy
import SQLite

/// A key as it is stored; its secret isn't.
package struct KeyRecord: Sendable, Equatable {
    package var id: Int64
    package var tenant: TenantName
    package var prefix: String
    package var name: String?
    package var allow: [NamePattern]
    package var createdAtMs: Int64
    package var expiresAtMs: Int64?
    package var revokedAtMs: Int64?
}

/// A new key, with the only copy of its secret there will be.
package struct IssuedKey: Sendable {
    package let record: KeyRecord
    package let key: KeyText
}

extension ReadTransaction {
    /// The keys of one tenant, or of all, oldest first; revoked and expired ones too.
    /// - Throws: `.notFound` for a tenant that isn't there.
    package borrowing func keys(of tenant: TenantName? = nil) throws(StoreError) -> [KeyRecord] {
        guard let tenant else {
            return try rows("\(selectKeys) ORDER BY tenant_key.id") { row throws(StoreError) in
                try keyRecord(row)
            }
        }
        let id = try self.tenant(tenant, nowMs: 0).id
        return try rows("\(selectKeys) WHERE tenant.id = ? ORDER BY tenant_key.id", [.integer(id)]) {
            row throws(StoreError) in try keyRecord(row)
        }
    }

    /// The key of that prefix.
    /// - Throws: `.invalid` for a text that is no prefix (it's not repeated: it may be a whole key); `.notFound`.
    package borrowing func key(prefix: String) throws(StoreError) -> KeyRecord {
        let isPrefix =
            prefix.utf8.count == KeyText.prefixCount
            && prefix.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        guard isPrefix else {
            throw StoreError(
                .invalid,
                "that is no key prefix",
                hint: "give the 8 characters between mgw_ and the next _; `mcp-gateway key list` shows them"
            )
        }
        let found = try rows("\(selectKeys) WHERE tenant_key.prefix = ?", [.text(prefix)]) {
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

extension WriteTransaction {
    /// Makes a key for a tenant. Its secret is in the answer and nowhere else.
    ///
    /// `expiresAtMs` is the first millisecond since 1970 at which it no longer works. A key with `allow` patterns
    /// reaches only tools that one of them matches.
    /// - Throws: `.notFound` for the tenant; `.invalid` for an expiry that has passed, a name over 100 bytes or with
    ///   control characters, or more than 100 patterns.
    package borrowing func issueKey(
        for tenant: TenantName,
        name: String? = nil,
        expiresAtMs: Int64? = nil,
        allow: [NamePattern] = []
    ) throws(StoreError) -> IssuedKey {
        try checkText(name, "the key's name", bytes: 1...100)
        let now = clock()
        let owner = try reading.tenant(tenant, nowMs: now)
        if let expiresAtMs, expiresAtMs <= now {
            throw StoreError(
                .invalid,
                "the key would have expired already",
                hint: "choose an expiry in the future"
            )
        }
        guard allow.count <= 100 else {
            throw StoreError(.invalid, "\(allow.count) patterns for one key", hint: "100 are allowed")
        }
        var key = KeyText.random()
        // One in 36⁸: the prefix is in use.
        while try isPrefixInUse(key.prefix) { key = KeyText.random() }
        let patterns = allow.isEmpty ? nil : allow.map { $0.text }.joined(separator: " ")
        try run(
            """
            INSERT INTO tenant_key (tenant_id, name, prefix, hash, allow_patterns, created_at_ms, expires_at_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(owner.id), Value(name), .text(key.prefix), .blob(key.hash.bytes), Value(patterns),
                .integer(now), Value(expiresAtMs),
            ]
        )
        return IssuedKey(record: try reading.key(prefix: key.prefix), key: key)
    }

    /// Stops a key for good. Idempotent: a second time keeps the first time's date.
    /// - Throws: as `ReadTransaction.key(prefix:)`.
    @discardableResult
    package borrowing func revokeKey(prefix: String) throws(StoreError) -> KeyRecord {
        let found = try reading.key(prefix: prefix)
        if found.revokedAtMs != nil { return found }
        try run(
            "UPDATE tenant_key SET revoked_at_ms = ? WHERE id = ?",
            [.integer(clock()), .integer(found.id)]
        )
        return try reading.key(prefix: prefix)
    }

    private borrowing func isPrefixInUse(_ prefix: String) throws(StoreError) -> Bool {
        try !reading.rows("SELECT 1 FROM tenant_key WHERE prefix = ?", [.text(prefix)]) { _ in 1 }.isEmpty
    }
}

private let selectKeys = """
    SELECT tenant_key.id, tenant.name, tenant_key.prefix, tenant_key.name, tenant_key.allow_patterns,
        tenant_key.created_at_ms, tenant_key.expires_at_ms, tenant_key.revoked_at_ms
    FROM tenant_key JOIN tenant ON tenant.id = tenant_key.tenant_id
    """

private func keyRecord(_ row: borrowing Statement) throws(StoreError) -> KeyRecord {
    KeyRecord(
        id: row.int64(at: 0),
        tenant: try TenantName(row.text(at: 1) ?? ""),
        prefix: row.text(at: 2) ?? "",
        name: row.text(at: 3),
        allow: try storedPatterns(row, at: 4),
        createdAtMs: row.int64(at: 5),
        expiresAtMs: row.isNull(at: 6) ? nil : row.int64(at: 6),
        revokedAtMs: row.isNull(at: 7) ? nil : row.int64(at: 7)
    )
}
