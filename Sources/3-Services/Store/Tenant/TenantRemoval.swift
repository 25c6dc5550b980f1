import Database

extension WriteTransaction {
    /// Removes a tenant: its keys never work again, its name is free, and its history (usage, subscriptions, the audit
    /// log) stays.
    ///
    /// Its live subscriptions and its limits end with it.
    /// - Parameter force: whether to remove it even if it has active keys, which are then revoked.
    /// - Throws: `.notFound`; `.stale` when `ifRevision` is given and isn't the tenant's; `.conflict` when it has
    ///   active keys and `force` is false.
    @discardableResult
    package borrowing func removeTenant(
        _ name: TenantName,
        force: Bool = false,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> TenantRecord {
        let now = clock()
        let tenant = try reading.tenant(name, nowMs: now)
        try checkRevision(ifRevision, is: tenant.revision, of: "tenant \(name)")
        guard force || tenant.activeKeyCount == 0 else {
            let keys = tenant.activeKeyCount == 1 ? "an active key" : "\(tenant.activeKeyCount) active keys"
            throw StoreError(
                .conflict,
                "tenant \(name) has \(keys)",
                hint: "revoke them first, or remove it by force (`force=true`), which revokes them"
            )
        }
        for key in try reading.keys(of: name) where key.revokedAtMs == nil {
            try revokeKey(prefix: key.prefix)
        }
        try endSubscriptions(ofTenant: tenant.id)
        try removeLimits(of: name)
        try run(
            """
            UPDATE tenant SET removed_name = name, name = '~' || id, removed_at_ms = ?1, updated_at_ms = ?1,
                revision = revision + 1
            WHERE id = ?2
            """,
            [.integer(now), .integer(tenant.id)]
        )
        try audit("tenant.remove", "tenant:\(name)", tenant: name.text, before: tenant.audited)
        var removed = tenant
        removed.removedAtMs = now
        removed.updatedAtMs = now
        removed.revision += 1
        removed.activeKeyCount = 0
        return removed
    }
}
