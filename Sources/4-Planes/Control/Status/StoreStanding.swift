package import Model
package import RateLimit
package import Store

/// The parts of the store from which the items for a person are made.
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
    /// The counts of quotas; a server writes them each second.
    package var quotaUsage: [QuotaUsage] = []

    /// The most subscriptions of a state that are read.
    private static let subscriptionsMax = 10_000

    package init() {}

    /// Reads all parts in one transaction.
    /// - Parameter nowMs: milliseconds since 1970.
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
