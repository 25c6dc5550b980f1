import Database

/// Removes what depends on a tenant or a target that is being removed, each with its own event in the audit log.
extension WriteTransaction {
    /// Ends live subscriptions: an approved one is revoked, or expired if its time was over, and one that nobody has
    /// decided is denied.
    borrowing func endSubscriptions(ofTenant tenantID: Int64) throws(StoreError) {
        try endSubscriptions(where: "subscription.tenant_id = ?", tenantID, reason: "the tenant was removed")
    }

    /// The same for every tenant's subscription to a target.
    borrowing func endSubscriptions(toTarget targetID: Int64) throws(StoreError) {
        try endSubscriptions(where: "subscription.target_id = ?", targetID, reason: "the target was removed")
    }

    private borrowing func endSubscriptions(
        where condition: String,
        _ id: Int64,
        reason: String
    ) throws(StoreError) {
        let live = try reading.subscriptions(
            where: "\(condition) AND subscription.state IN ('pending', 'approved')",
            [.integer(id)],
            nowMs: clock()
        )
        for subscription in live {
            switch subscription.state {
            case .expired: try expire(subscription)
            case .pending: _ = try end(subscription, .denied, reason: reason, as: "deny")
            default: _ = try end(subscription, .revoked, reason: reason, as: "revoke")
            }
        }
    }

    /// Removes the limits on a tenant, on its keys and on what it calls.
    borrowing func removeLimits(of tenant: TenantName) throws(StoreError) {
        for limit in try reading.limits(of: tenant) { try removeLimit(limit.id) }
    }

    /// Removes the limits on a target, as a whole and for single tenants.
    borrowing func removeLimits(on target: TargetName) throws(StoreError) {
        for limit in try reading.limits() {
            switch limit.object {
            case .target(target), .tenantTarget(_, target): try removeLimit(limit.id)
            default: break
            }
        }
    }
}
