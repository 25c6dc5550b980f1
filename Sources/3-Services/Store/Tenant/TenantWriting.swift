import JSON
import Policy
import Database
import Text

extension WriteTransaction {
    /// - Throws: `.invalid`, naming the field; `.conflict` for a name in use.
    @discardableResult
    package borrowing func createTenant(_ spec: TenantSpec) throws(StoreError) -> TenantRecord {
        try checked(spec.check())
        try checkLambdaTenantID(of: spec, tenant: 0)
        let now = clock()
        let inserted = try run(
            """
            INSERT INTO tenant (title, contact, labels, lambda_tenant_id, role_arn, external_id, session_policy, name,
                state, created_at_ms, updated_at_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'active', ?, ?)
            ON CONFLICT (name) DO NOTHING
            """,
            values(of: spec) + [.text(spec.name.text), .integer(now), .integer(now)]
        )
        guard inserted == 1 else {
            throw StoreError(
                .conflict,
                "there is a tenant \(spec.name) already",
                hint: "choose another name; `mcp-gateway tenant show \(spec.name)` shows that one"
            )
        }
        let tenant = try reading.tenant(spec.name, nowMs: now)
        try noteLambdaTenantID(of: tenant)
        try audit("tenant.create", "tenant:\(spec.name)", tenant: spec.name.text, after: tenant.audited)
        return tenant
    }

    /// The same with a title alone.
    @discardableResult
    package borrowing func createTenant(
        _ name: TenantName,
        title: String? = nil
    ) throws(StoreError) -> TenantRecord {
        try createTenant(TenantSpec(name: name, title: title))
    }

    /// Changes a tenant's settings. Does nothing when they are so already.
    /// - Throws: `.notFound`; `.stale` when `ifRevision` is given and isn't the tenant's; `.invalid`.
    @discardableResult
    package borrowing func updateTenant(
        _ name: TenantName,
        _ change: TenantChange,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> TenantRecord {
        let now = clock()
        let before = try reading.tenant(name, nowMs: now)
        try checkRevision(ifRevision, is: before.revision, of: "tenant \(name)")
        var spec = before.spec
        change.apply(to: &spec)
        try checked(spec.check())
        if spec == before.spec { return before }
        if spec.lambdaTenantID != before.spec.lambdaTenantID {
            try checkLambdaTenantID(of: spec, tenant: before.id)
        }
        try run(
            """
            UPDATE tenant SET title = ?, contact = ?, labels = ?, lambda_tenant_id = ?, role_arn = ?,
                external_id = ?, session_policy = ?, updated_at_ms = ?, revision = revision + 1
            WHERE id = ?
            """,
            values(of: spec) + [.integer(now), .integer(before.id)]
        )
        let after = try auditedChange("tenant.update", from: before, at: now)
        try noteLambdaTenantID(of: after)
        return after
    }

    /// Stops all keys of a tenant at once; they work again after `resumeTenant`. Idempotent.
    /// - Throws: `.notFound`; `.stale` as for `updateTenant`.
    @discardableResult
    package borrowing func suspendTenant(
        _ name: TenantName,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> TenantRecord {
        try setState(.suspended, of: name, "tenant.suspend", ifRevision)
    }

    /// - Throws: `.notFound`; `.stale` as for `updateTenant`.
    @discardableResult
    package borrowing func resumeTenant(
        _ name: TenantName,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> TenantRecord {
        try setState(.active, of: name, "tenant.resume", ifRevision)
    }

    private borrowing func setState(
        _ state: TenantEntry.State,
        of name: TenantName,
        _ action: String,
        _ ifRevision: Int64?
    ) throws(StoreError) -> TenantRecord {
        let now = clock()
        let before = try reading.tenant(name, nowMs: now)
        try checkRevision(ifRevision, is: before.revision, of: "tenant \(name)")
        let changed = try run(
            """
            UPDATE tenant SET state = ?1, updated_at_ms = ?2, revision = revision + 1
            WHERE id = ?3 AND state <> ?1
            """,
            [.text(state.rawValue), .integer(now), .integer(before.id)]
        )
        if changed == 0 { return before }
        return try auditedChange(action, from: before, at: now)
    }

    private borrowing func auditedChange(
        _ action: String,
        from before: TenantRecord,
        at now: Int64
    ) throws(StoreError) -> TenantRecord {
        let after = try reading.tenant(before.name, nowMs: now)
        let (old, new) = difference(before.audited, after.audited)
        try audit(action, "tenant:\(before.name)", tenant: before.name.text, before: old, after: new)
        return after
    }

    /// Refuses an id that another tenant has or had: two tenants with one id would share Lambda's execution
    /// environments, and so would a tenant and an earlier holder of its id. A tenant may take its own old id again.
    /// - Parameter tenant: the id of the tenant's row; 0 for a new one.
    private borrowing func checkLambdaTenantID(of spec: TenantSpec, tenant: Int64) throws(StoreError) {
        guard let id = spec.lambdaTenantID else { return }
        let holders = try reading.rows(
            """
            SELECT coalesce(removed_name, name),
                CASE WHEN removed_at_ms IS NULL AND lambda_tenant_id = ?1 THEN 1 ELSE 0 END AS has_it
            FROM tenant
            WHERE tenant.id <> ?2 AND (lambda_tenant_id = ?1
                OR tenant.id IN (SELECT tenant_id FROM lambda_tenant_id_held WHERE lambda_tenant_id_held.id = ?1))
            ORDER BY has_it DESC, tenant.id
            """,
            [.text(id), .integer(tenant)]
        ) { row throws(StoreError) in (name: row.text(at: 0) ?? "", hasIt: row.int64(at: 1) == 1) }
        guard let (holder, hasIt) = holders.first else { return }
        throw StoreError(
            .conflict,
            hasIt
                ? "tenant \(holder) has the Lambda tenant id \(quoted(id)) already, and what it leaves in an environment "
                    + "would be seen by tenant \(spec.name)"
                : "the Lambda tenant id \(quoted(id)) was that of tenant \(holder) before, and what that one left in an "
                    + "environment would be seen by tenant \(spec.name)",
            hint: "choose another id"
        )
    }

    private borrowing func noteLambdaTenantID(of tenant: TenantRecord) throws(StoreError) {
        guard let id = tenant.spec.lambdaTenantID else { return }
        try run(
            "INSERT INTO lambda_tenant_id_held (id, tenant_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
            [.text(id), .integer(tenant.id)]
        )
    }

    private borrowing func values(of spec: TenantSpec) -> [Value] {
        [
            Value(spec.title), Value(spec.contact), .text(labelsJSON(spec.labels).text),
            Value(spec.lambdaTenantID), Value(spec.roleARN), Value(spec.externalID),
            Value(spec.sessionPolicy?.rawValue),
        ]
    }
}

/// Checks the revision for a conditional change.
/// - Throws: `.stale` when a revision is given and isn't the present one.
func checkRevision(_ expected: Int64?, is present: Int64, of object: String) throws(StoreError) {
    guard let expected, expected != present else { return }
    throw StoreError(
        .stale,
        "\(object) has changed: it is at revision \(present), not \(expected)",
        hint: "read it again, and repeat the change if it's still right"
    )
}
