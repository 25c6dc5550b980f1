package import Policy
import SQLite

/// A tenant as it is stored.
package struct TenantRecord: Sendable, Equatable {
    package var id: Int64
    package var name: TenantName
    package var title: String?
    package var state: TenantEntry.State
    package var createdAtMs: Int64
    package var updatedAtMs: Int64
    /// How many of its keys are neither revoked nor expired.
    package var activeKeyCount: Int
}

extension ReadTransaction {
    /// All tenants in order of their names. Keys that expired by `nowMs` aren't counted as active.
    package borrowing func tenants(nowMs: Int64) throws(StoreError) -> [TenantRecord] {
        try rows("\(selectTenants) ORDER BY name", [.integer(nowMs)]) { row throws(StoreError) in
            try tenantRecord(row)
        }
    }

    /// - Throws: `.notFound`.
    package borrowing func tenant(_ name: TenantName, nowMs: Int64) throws(StoreError) -> TenantRecord {
        let found = try rows("\(selectTenants) WHERE name = ?", [.integer(nowMs), .text(name.text)]) {
            row throws(StoreError) in try tenantRecord(row)
        }
        guard let tenant = found.first else {
            throw StoreError(
                .notFound,
                "there is no tenant \(name)",
                hint: "`mcp-gateway tenant list` shows the tenants, `tenant create` makes one"
            )
        }
        return tenant
    }
}

extension WriteTransaction {
    /// - Throws: `.invalid` for a title over 200 bytes or with control characters; `.conflict` for a name in use.
    @discardableResult
    package borrowing func createTenant(
        _ name: TenantName,
        title: String? = nil
    ) throws(StoreError) -> TenantRecord {
        try checkText(title, "the title", bytes: 1...200)
        let now = clock()
        let inserted = try run(
            """
            INSERT INTO tenant (name, title, state, created_at_ms, updated_at_ms) VALUES (?, ?, 'active', ?, ?)
            ON CONFLICT (name) DO NOTHING
            """,
            [.text(name.text), Value(title), .integer(now), .integer(now)]
        )
        guard inserted == 1 else {
            throw StoreError(
                .conflict,
                "there is a tenant \(name) already",
                hint: "choose another name; `mcp-gateway tenant show \(name)` shows that one"
            )
        }
        return try reading.tenant(name, nowMs: now)
    }

    /// Stops all keys of a tenant at once; they work again after `resumeTenant`. Idempotent.
    /// - Throws: `.notFound`.
    @discardableResult
    package borrowing func suspendTenant(_ name: TenantName) throws(StoreError) -> TenantRecord {
        try setState(.suspended, of: name)
    }

    /// - Throws: `.notFound`.
    @discardableResult
    package borrowing func resumeTenant(_ name: TenantName) throws(StoreError) -> TenantRecord {
        try setState(.active, of: name)
    }

    private borrowing func setState(
        _ state: TenantEntry.State,
        of name: TenantName
    ) throws(StoreError) -> TenantRecord {
        let now = clock()
        try run(
            "UPDATE tenant SET state = ?1, updated_at_ms = ?2 WHERE name = ?3 AND state <> ?1",
            [.text(state.rawValue), .integer(now), .text(name.text)]
        )
        return try reading.tenant(name, nowMs: now)
    }
}

private let selectTenants = """
    SELECT id, name, title, state, created_at_ms, updated_at_ms,
        (SELECT count(*) FROM tenant_key WHERE tenant_id = tenant.id AND revoked_at_ms IS NULL
            AND (expires_at_ms IS NULL OR expires_at_ms > ?1))
    FROM tenant
    """

private func tenantRecord(_ row: borrowing Statement) throws(StoreError) -> TenantRecord {
    TenantRecord(
        id: row.int64(at: 0),
        name: try TenantName(row.text(at: 1) ?? ""),
        title: row.text(at: 2),
        state: tenantState(row, at: 3),
        createdAtMs: row.int64(at: 4),
        updatedAtMs: row.int64(at: 5),
        activeKeyCount: Int(row.int64(at: 6))
    )
}

/// A state that this program doesn't know stops the tenant.
func tenantState(_ row: borrowing Statement, at column: Int) -> TenantEntry.State {
    TenantEntry.State(rawValue: row.text(at: column) ?? "") ?? .suspended
}
