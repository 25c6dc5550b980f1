package import Policy

/// A tenant's access to a target, requested or decided, as it is stored.
package struct SubscriptionRecord: Sendable, Equatable {
    /// `pending → approved | denied | cancelled`, `approved → revoked | expired`. Only the first two are live; a
    /// tenant has at most one live subscription to a target, and must request again after the others.
    package enum State: String, Sendable, CaseIterable {
        case pending, approved, denied, revoked, expired, cancelled

        package var isLive: Bool { self == .pending || self == .approved }
    }

    package var id: Int64
    package var tenant: TenantName
    /// The target's name at the time of the request; the target may be gone.
    package var target: TargetName
    /// The state at the time of reading: an approved subscription is expired from its expiry on.
    package var state: State
    /// Patterns of the exposed names that were requested; empty for all of the target's tools.
    package var requestedTools: [NamePattern]
    /// Patterns of those that were approved; empty for all that were requested.
    package var approvedTools: [NamePattern]
    package var requestReason: String?
    /// The text of the actor who requested it.
    package var requestedBy: String
    package var requestedAtMs: Int64
    package var decisionReason: String?
    /// The text of the actor who decided last; of an expired subscription, who approved it.
    package var decidedBy: String?
    package var decidedAtMs: Int64?
    /// The first millisecond since 1970 at which an approval no longer holds.
    package var expiresAtMs: Int64?
    /// Counts changes, for conditional updates.
    package var revision: Int64

    /// The tenant's and the target's ids; `nil` for a target that was removed.
    package var tenantID: Int64
    package var targetID: Int64?
    /// The pin set with the definitions that it is bound to.
    package var pinSetID: Int64?

    package init(
        id: Int64,
        tenant: TenantName,
        target: TargetName,
        state: State,
        requestedTools: [NamePattern],
        approvedTools: [NamePattern],
        requestReason: String? = nil,
        requestedBy: String,
        requestedAtMs: Int64,
        decisionReason: String? = nil,
        decidedBy: String? = nil,
        decidedAtMs: Int64? = nil,
        expiresAtMs: Int64? = nil,
        revision: Int64,
        tenantID: Int64,
        targetID: Int64? = nil,
        pinSetID: Int64? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.target = target
        self.state = state
        self.requestedTools = requestedTools
        self.approvedTools = approvedTools
        self.requestReason = requestReason
        self.requestedBy = requestedBy
        self.requestedAtMs = requestedAtMs
        self.decisionReason = decisionReason
        self.decidedBy = decidedBy
        self.decidedAtMs = decidedAtMs
        self.expiresAtMs = expiresAtMs
        self.revision = revision
        self.tenantID = tenantID
        self.targetID = targetID
        self.pinSetID = pinSetID
    }

    /// Whether it holds only for the tool definitions that were approved with it.
    package var isPinned: Bool { pinSetID != nil }
}

/// Which subscriptions a list shows; all fields that are given must hold.
package struct SubscriptionFilter: Sendable, Equatable {
    package var tenant: TenantName?
    package var target: TargetName?
    package var state: SubscriptionRecord.State?
    /// Only subscriptions with a smaller id, that of the last one on the page before.
    package var beforeID: Int64?
    /// The most subscriptions to list, 1 or more.
    package var limit: Int

    package init(
        tenant: TenantName? = nil,
        target: TargetName? = nil,
        state: SubscriptionRecord.State? = nil,
        beforeID: Int64? = nil,
        limit: Int = 1_000
    ) {
        self.tenant = tenant
        self.target = target
        self.state = state
        self.beforeID = beforeID
        self.limit = limit
    }
}

/// The result of requesting a subscription.
package struct RequestedSubscription: Sendable, Equatable {
    package var record: SubscriptionRecord
    /// Whether it is new; otherwise `record` is the live one that was there already.
    package var isNew: Bool

    package init(
        record: SubscriptionRecord,
        isNew: Bool
    ) {
        self.record = record
        self.isNew = isNew
    }
}
