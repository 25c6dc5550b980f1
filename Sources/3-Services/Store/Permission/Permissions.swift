import JSON
package import Policy
import Database

extension ReadTransaction {
    /// The rules of one tenant, or of all: by tenant, allowing before denying ones, in order of the patterns.
    /// - Throws: `.notFound` for a tenant that isn't there.
    package borrowing func permissions(of tenant: TenantName? = nil) throws(StoreError) -> [PermissionRecord]
    {
        let order = "ORDER BY tenant.name, permission.effect, permission.pattern"
        guard let tenant else {
            return try rows("\(selectPermissions) \(order)") { row throws(StoreError) in
                try permissionRecord(row)
            }
        }
        let id = try self.tenant(tenant, nowMs: 0).id
        return try rows("\(selectPermissions) AND tenant.id = ? \(order)", [.integer(id)]) {
            row throws(StoreError) in try permissionRecord(row)
        }
    }
}

extension WriteTransaction {
    /// The most rules of one tenant.
    package static var permissionsMax: Int { 1_000 }

    /// Adds a rule to a tenant; does nothing when it's there.
    /// - Throws: `.notFound` for the tenant; `.conflict` when it has 1,000 rules.
    @discardableResult
    package borrowing func addPermission(
        _ effect: PermissionRecord.Effect,
        _ pattern: NamePattern,
        to tenant: TenantName
    ) throws(StoreError) -> PermissionRecord {
        let present = try reading.permissions(of: tenant)
        if let found = present.first(where: { $0.effect == effect && $0.pattern == pattern }) { return found }
        guard present.count < Self.permissionsMax else {
            throw StoreError(
                .conflict,
                "tenant \(tenant) has \(present.count) rules",
                hint: "use broader patterns, and remove the rules that they make redundant"
            )
        }
        let now = clock()
        let id = try reading.tenant(tenant, nowMs: now).id
        let record = PermissionRecord(
            id: try insert(
                "INSERT INTO permission (tenant_id, effect, pattern, created_at_ms) VALUES (?, ?, ?, ?) RETURNING id",
                [.integer(id), .text(effect.rawValue), .text(pattern.text), .integer(now)]
            ),
            tenant: tenant,
            effect: effect,
            pattern: pattern,
            createdAtMs: now
        )
        try audit(
            "permission.\(effect.rawValue)",
            "permission:\(record.id)",
            tenant: tenant.text,
            after: record.audited
        )
        return record
    }

    /// Removes a tenant's rules with that pattern: those that allow and those that deny, unless `effect` names one of
    /// them.
    /// - Returns: what was removed; empty when there was no such rule.
    /// - Throws: `.notFound` for the tenant.
    @discardableResult
    package borrowing func removePermission(
        _ pattern: NamePattern,
        of tenant: TenantName,
        effect: PermissionRecord.Effect? = nil
    ) throws(StoreError) -> [PermissionRecord] {
        let found = try reading.permissions(of: tenant).filter {
            $0.pattern == pattern && (effect == nil || $0.effect == effect)
        }
        for record in found {
            try run("DELETE FROM permission WHERE id = ?", [.integer(record.id)])
            try audit(
                "permission.remove",
                "permission:\(record.id)",
                tenant: tenant.text,
                before: record.audited
            )
        }
        return found
    }
}

private let selectPermissions = """
    SELECT permission.id, tenant.name, permission.effect, permission.pattern, permission.created_at_ms
    FROM permission JOIN tenant ON tenant.id = permission.tenant_id WHERE tenant.removed_at_ms IS NULL
    """

private func permissionRecord(_ row: borrowing Row) throws(StoreError) -> PermissionRecord {
    PermissionRecord(
        id: row.int64(at: 0),
        tenant: try checked(TenantName(row.text(at: 1) ?? "")),
        effect: row.text(at: 2) == "allow" ? .allow : .deny,
        pattern: try storedPattern(row.text(at: 3) ?? ""),
        createdAtMs: row.int64(at: 4)
    )
}
