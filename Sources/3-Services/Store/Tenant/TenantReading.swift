import JSON
import Policy
import Database
import Text

extension ReadTransaction {
    /// All tenants in order of their names, without the removed ones. Keys that expired by `nowMs` aren't counted as
    /// active.
    package borrowing func tenants(nowMs: Int64) throws(StoreError) -> [TenantRecord] {
        try rows("\(selectTenants) WHERE removed_at_ms IS NULL ORDER BY name", [.integer(nowMs)]) {
            row throws(StoreError) in try tenantRecord(row)
        }
    }

    /// The removed tenants, whose history is kept, the last removed first; several may have had the same name.
    package borrowing func removedTenants(nowMs: Int64) throws(StoreError) -> [TenantRecord] {
        try rows(
            "\(selectTenants) WHERE removed_at_ms IS NOT NULL ORDER BY removed_at_ms DESC, id DESC",
            [.integer(nowMs)]
        ) { row throws(StoreError) in try tenantRecord(row) }
    }

    /// - Throws: `.notFound`, also for a tenant that was removed.
    package borrowing func tenant(_ name: TenantName, nowMs: Int64) throws(StoreError) -> TenantRecord {
        // A removed tenant's row has a text as its name that isn't a valid name.
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

private let selectTenants = """
    SELECT id, coalesce(removed_name, name), title, state, created_at_ms, updated_at_ms,
        (SELECT count(*) FROM tenant_key WHERE tenant_id = tenant.id AND revoked_at_ms IS NULL
            AND (expires_at_ms IS NULL OR expires_at_ms > ?1)),
        contact, labels, lambda_tenant_id, role_arn, removed_at_ms, revision, external_id, session_policy
    FROM tenant
    """

private func tenantRecord(_ row: borrowing Row) throws(StoreError) -> TenantRecord {
    TenantRecord(
        id: row.int64(at: 0),
        spec: TenantSpec(
            name: try checked(TenantName(row.text(at: 1) ?? "")),
            title: row.text(at: 2),
            contact: row.text(at: 7),
            labels: try storedLabels(row.text(at: 8) ?? ""),
            lambdaTenantID: row.text(at: 9),
            roleARN: row.text(at: 10),
            externalID: row.text(at: 13),
            sessionPolicy: storedSessionPolicy(row.text(at: 14))
        ),
        state: tenantState(row, at: 3),
        createdAtMs: row.int64(at: 4),
        updatedAtMs: row.int64(at: 5),
        removedAtMs: row.isNull(at: 11) ? nil : row.int64(at: 11),
        revision: row.int64(at: 12),
        activeKeyCount: Int(row.int64(at: 6))
    )
}

/// An unknown word counts as none, which means the standard policy; that one allows least.
func storedSessionPolicy(_ text: String?) -> SessionPolicyChoice? {
    text.flatMap { SessionPolicyChoice(rawValue: $0) }
}

private func storedLabels(_ text: String) throws(StoreError) -> [String: String] {
    if text == "{}" { return [:] }
    let parsed = Result { () throws(JSONError) in try JSONValue(parsing: text) }
    guard case .success(.object(let object)) = parsed else {
        throw StoreError(
            .corrupt,
            "the store holds labels that can't be read: \(quoted(text))",
            hint: "restore it from a backup"
        )
    }
    return Dictionary(
        object.members.map { ($0.key, $0.value.stringValue ?? "") },
        uniquingKeysWith: { first, _ in first }
    )
}

/// A state that this program doesn't know suspends the tenant.
func tenantState(_ row: borrowing Row, at column: Int) -> TenantEntry.State {
    TenantEntry.State(rawValue: row.text(at: column) ?? "") ?? .suspended
}
