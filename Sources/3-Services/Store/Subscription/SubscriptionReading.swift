import Database
import Text

extension ReadTransaction {
    /// The subscriptions that match, the newest first, with their states at `nowMs`.
    /// - Throws: `.notFound` for a tenant that isn't there. A target need not be there: its history stays.
    package borrowing func subscriptions(
        _ filter: SubscriptionFilter = SubscriptionFilter(),
        nowMs: Int64
    ) throws(StoreError) -> [SubscriptionRecord] {
        var conditions: [String] = []
        var values: [Value] = [.integer(nowMs)]
        if let name = filter.tenant {
            conditions.append("subscription.tenant_id = ?")
            values.append(.integer(try tenant(name, nowMs: nowMs).id))
        }
        if let target = filter.target {
            conditions.append("subscription.target_name = ?")
            values.append(.text(target.text))
        }
        if let state = filter.state {
            conditions.append("\(shownState) = ?")
            values.append(.text(state.rawValue))
        }
        if let beforeID = filter.beforeID {
            conditions.append("subscription.id < ?")
            values.append(.integer(beforeID))
        }
        let choice = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        values.append(Value(max(1, filter.limit)))
        return try rows(
            "\(selectSubscriptions) \(choice) ORDER BY subscription.id DESC LIMIT ?",
            values
        ) { row throws(StoreError) in try subscriptionRecord(row) }
    }

    /// - Throws: `.notFound`.
    package borrowing func subscription(
        _ id: Int64,
        nowMs: Int64
    ) throws(StoreError) -> SubscriptionRecord {
        let found = try subscriptions(where: "subscription.id = ?", [.integer(id)], nowMs: nowMs)
        guard let subscription = found.first else { throw .noSubscription(id) }
        return subscription
    }

    /// The same for the tenant itself: another tenant's subscription counts as not there.
    /// - Throws: `.notFound`, with the same text for an unknown id and for another tenant's.
    package borrowing func subscription(
        _ id: Int64,
        of tenant: TenantName,
        nowMs: Int64
    ) throws(StoreError) -> SubscriptionRecord {
        let tenantID = try self.tenant(tenant, nowMs: nowMs).id
        let found = try subscriptions(
            where: "subscription.id = ? AND subscription.tenant_id = ?",
            [.integer(id), .integer(tenantID)],
            nowMs: nowMs
        )
        guard let subscription = found.first else { throw .noSubscription(id) }
        return subscription
    }

    borrowing func subscriptions(
        where condition: String,
        _ values: [Value],
        nowMs: Int64
    ) throws(StoreError) -> [SubscriptionRecord] {
        try rows(
            "\(selectSubscriptions) WHERE \(condition) ORDER BY subscription.id",
            [.integer(nowMs)] + values
        ) { row throws(StoreError) in try subscriptionRecord(row) }
    }
}

/// The first parameter is the present time; without an expiry the comparison is NULL, which is not true.
private let shownState = """
    CASE WHEN subscription.state = 'approved' AND subscription.expires_at_ms <= ?1 THEN 'expired'
        ELSE subscription.state END
    """

private let selectSubscriptions = """
    SELECT subscription.id, coalesce(tenant.removed_name, tenant.name), subscription.target_name, \(shownState),
        requested_tools, approved_tools, request_reason, requested_by, requested_at_ms, decision_reason,
        decided_by, decided_at_ms, expires_at_ms, subscription.revision, subscription.tenant_id,
        subscription.target_id, subscription.pin_set_id
    FROM subscription JOIN tenant ON tenant.id = subscription.tenant_id
    """

private func subscriptionRecord(_ row: borrowing Row) throws(StoreError) -> SubscriptionRecord {
    let state = row.text(at: 3) ?? ""
    guard let state = SubscriptionRecord.State(rawValue: state) else {
        throw StoreError(
            .corrupt,
            "the store holds a subscription in a state that isn't one: \(quoted(state))",
            hint: "restore it from a backup"
        )
    }
    return SubscriptionRecord(
        id: row.int64(at: 0),
        tenant: try checked(TenantName(row.text(at: 1) ?? "")),
        target: try checked(TargetName(row.text(at: 2) ?? "")),
        state: state,
        requestedTools: try storedPatterns(row, at: 4),
        approvedTools: try storedPatterns(row, at: 5),
        requestReason: row.text(at: 6),
        requestedBy: row.text(at: 7) ?? "",
        requestedAtMs: row.int64(at: 8),
        decisionReason: row.text(at: 9),
        decidedBy: row.text(at: 10),
        decidedAtMs: row.isNull(at: 11) ? nil : row.int64(at: 11),
        expiresAtMs: row.isNull(at: 12) ? nil : row.int64(at: 12),
        revision: row.int64(at: 13),
        tenantID: row.int64(at: 14),
        targetID: row.isNull(at: 15) ? nil : row.int64(at: 15),
        pinSetID: row.isNull(at: 16) ? nil : row.int64(at: 16)
    )
}
