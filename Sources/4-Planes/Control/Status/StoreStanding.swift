package import Model
package import RateLimit
package import Store

/// What of the store says whether somebody should look at it.
package struct StoreStanding: Sendable {
    package var targets: [TargetRecord] = []
    package var fileFaults: [TargetFileFault] = []
    /// The oldest first.
    package var pending: [SubscriptionRecord] = []
    package var approved: [SubscriptionRecord] = []
    package var waitingTools: [WaitingTool] = []
    package var keys: [KeyRecord] = []
    package var adminTokens: [AdminTokenRecord] = []
    package var limits: [LimitRecord] = []
    package var discoveries: [DiscoveryStanding] = []
    /// What quotas have counted; a server writes it each second.
    package var quotaUsage: [QuotaUsage] = []

    /// The most subscriptions of a kind that are looked at.
    private static let subscriptionsMax = 10_000

    package init() {}

    /// Reads it in one transaction.
    /// - Parameter nowMs: since 1970.
    package init(_ reading: borrowing ReadTransaction, nowMs: Int64) throws(StoreError) {
        targets = try reading.targets()
        fileFaults = try reading.targetFileFaults()
        pending = try reading.subscriptions(
            SubscriptionFilter(state: .pending, limit: Self.subscriptionsMax),
            nowMs: nowMs
        ).reversed()
        approved = try reading.subscriptions(
            SubscriptionFilter(state: .approved, limit: Self.subscriptionsMax),
            nowMs: nowMs
        )
        waitingTools = try reading.pendingApprovals(nowMs: nowMs)
        keys = try reading.keys()
        adminTokens = try reading.adminTokens()
        limits = try reading.limits()
        discoveries = try reading.discoveries()
        quotaUsage = try reading.quotaUsage()
    }
}
