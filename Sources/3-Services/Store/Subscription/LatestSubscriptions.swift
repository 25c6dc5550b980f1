import Database

extension ReadTransaction {
    /// A tenant's newest subscription to each existing target: the live one, or else the one that ended last.
    /// - Throws: `.notFound` for a tenant that isn't there.
    package borrowing func latestSubscriptions(
        of tenant: TenantName,
        nowMs: Int64
    ) throws(StoreError) -> [SubscriptionRecord] {
        let id = try self.tenant(tenant, nowMs: nowMs).id
        return try subscriptions(
            where: """
                subscription.id IN (
                    SELECT max(own.id) FROM subscription AS own
                    WHERE own.tenant_id = ? AND own.target_id IS NOT NULL GROUP BY own.target_id
                )
                """,
            [.integer(id)],
            nowMs: nowMs
        )
    }
}
