package import Policy
import Database

extension WriteTransaction {
    /// Requests a subscription to a target for a tenant: by the tenant, or by an operator on its behalf.
    ///
    /// Idempotent: while a subscription is pending or approved, that one is returned, whatever is asked for now. A
    /// target with `auto` approval approves at once, even a request that was pending before. `tools` are patterns
    /// over exposed names; empty asks for all.
    /// - Throws: `.notFound` for the tenant or the target; `.conflict` when the target needs no subscription, or when
    ///   a tenant has asked for it 20 times within a day; `.invalid` for a reason over 1,000 bytes or with control
    ///   characters, or more than 100 patterns.
    @discardableResult
    package borrowing func requestSubscription(
        tenant: TenantName,
        target: TargetName,
        tools: [NamePattern] = [],
        reason: String? = nil
    ) throws(StoreError) -> RequestedSubscription {
        try checked(checkText(reason, "the reason", bytes: 1...1_000))
        try checkSubscribedTools(tools)
        let now = clock()
        let asker = try reading.tenant(tenant, nowMs: now)
        let asked = try reading.target(target)
        guard asked.spec.approval != .open else {
            throw StoreError(
                .conflict,
                "target \(target) is open: it needs no subscription",
                hint: "its tools are in every tenant's list, as far as permissions let them through"
            )
        }
        let live = try reading.subscriptions(
            where:
                "subscription.tenant_id = ? AND subscription.target_id = ? AND subscription.state IN ('pending', 'approved')",
            [.integer(asker.id), .integer(asked.id)],
            nowMs: now
        ).first
        if let live {
            switch live.state {
            case .expired: try expire(live)
            case .pending where asked.spec.approval == .auto:
                return RequestedSubscription(record: try approveAsAsked(live, asked), isNew: false)
            default: return RequestedSubscription(record: live, isNew: false)
            }
        }
        if actor.isTenant { try checkRequests(of: asker.id, for: asked, nowMs: now) }
        let id = try insert(
            """
            INSERT INTO subscription (tenant_id, target_id, target_name, state, requested_tools, request_reason,
                requested_by, requested_at_ms)
            VALUES (?, ?, ?, 'pending', ?, ?, ?, ?) RETURNING id
            """,
            [
                .integer(asker.id), .integer(asked.id), .text(target.text), patternsValue(tools),
                Value(reason), .text(actor.text), .integer(now),
            ]
        )
        let record = try reading.subscription(id, nowMs: now)
        try auditSubscription("request", before: nil, after: record)
        guard asked.spec.approval == .auto else { return RequestedSubscription(record: record, isNew: true) }
        return RequestedSubscription(record: try approveAsAsked(record, asked), isNew: true)
    }

    /// Bounds requests, because each stays in the history and the audit log: asking and cancelling in a loop would
    /// fill them.
    private borrowing func checkRequests(
        of tenantID: Int64,
        for target: TargetRecord,
        nowMs: Int64
    ) throws(StoreError) {
        let count = try reading.integer(
            """
            SELECT count(*) FROM subscription
            WHERE tenant_id = \(tenantID) AND target_id = \(target.id) AND requested_at_ms > \(nowMs - dayMs)
            """
        )
        guard count < requestsADayMax else {
            throw StoreError(
                .conflict,
                "target \(target.name) was asked for \(count) times within a day",
                hint: "ask again later, or have an operator ask for you"
            )
        }
    }

    /// Cancels a tenant's request, while nobody has decided.
    /// - Throws: `.notFound`, with the same text for an unknown id and for another tenant's; `.conflict` when it's
    ///   the tenant's and no longer pending.
    @discardableResult
    package borrowing func cancelSubscription(
        _ id: Int64,
        of tenant: TenantName
    ) throws(StoreError) -> SubscriptionRecord {
        let found = try reading.subscription(id, of: tenant, nowMs: clock())
        guard found.state == .pending else { throw .decided(found, refused: "cancelled") }
        return try end(found, .cancelled, reason: nil, as: "cancel")
    }

    /// Approves as the gateway itself, because the target's declaration says so.
    private borrowing func approveAsAsked(
        _ pending: SubscriptionRecord,
        _ target: TargetRecord
    ) throws(StoreError) -> SubscriptionRecord {
        let asking = context.actor
        context.actor = .system
        defer { context.actor = asking }
        return try approve(
            pending,
            target,
            reason: "the target approves whoever asks",
            expiresAtMs: nil,
            tools: []
        )
    }
}

/// The most requests of one tenant for one target.
private let requestsADayMax = 20
private let dayMs: Int64 = 86_400_000

/// - Throws: `.invalid`.
func checkSubscribedTools(_ tools: [NamePattern]) throws(StoreError) {
    guard tools.count <= 100 else {
        throw StoreError(.invalid, "\(tools.count) patterns for one subscription", hint: "100 are allowed")
    }
}
