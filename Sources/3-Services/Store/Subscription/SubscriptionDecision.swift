package import Policy
import Database

extension WriteTransaction {
    /// Approves the request, as far as `tools` (patterns over exposed names; empty for all) match what was asked for.
    ///
    /// Binds it to the present definitions of the target's tools when the target pins them. The target may be
    /// disabled; its tools are then there once it's enabled.
    /// - Parameter expiresAtMs: the first millisecond since 1970 at which the approval no longer holds.
    /// - Throws: `.notFound`; `.conflict`, which says who decided and when, unless it's pending; `.invalid` for an
    ///   expiry that isn't in the future, a reason over 1,000 bytes, more than 100 patterns.
    @discardableResult
    package borrowing func approveSubscription(
        _ id: Int64,
        reason: String? = nil,
        expiresAtMs: Int64? = nil,
        tools: [NamePattern] = []
    ) throws(StoreError) -> SubscriptionRecord {
        try checked(checkText(reason, "the reason", bytes: 1...1_000))
        try checkSubscribedTools(tools)
        let now = clock()
        if let expiresAtMs, expiresAtMs <= now {
            throw StoreError(
                .invalid,
                "the subscription would have expired already",
                hint: "choose an expiry in the future"
            )
        }
        let found = try reading.subscription(id, nowMs: now)
        guard found.state == .pending else { throw .decided(found, refused: "approved") }
        return try approve(
            found,
            try reading.target(found.target),
            reason: reason,
            expiresAtMs: expiresAtMs,
            tools: tools
        )
    }

    /// Denies the request; the tenant may ask again.
    /// - Throws: `.notFound`; `.conflict`, which says who decided and when, unless it's pending; `.invalid`.
    @discardableResult
    package borrowing func denySubscription(
        _ id: Int64,
        reason: String? = nil
    ) throws(StoreError) -> SubscriptionRecord {
        try checked(checkText(reason, "the reason", bytes: 1...1_000))
        let found = try reading.subscription(id, nowMs: clock())
        guard found.state == .pending else { throw .decided(found, refused: "denied") }
        return try end(found, .denied, reason: reason, as: "deny")
    }

    /// Takes an approval back; the tenant may ask again.
    /// - Throws: `.notFound`; `.conflict`, which says who decided and when, unless it's approved; `.invalid`.
    @discardableResult
    package borrowing func revokeSubscription(
        _ id: Int64,
        reason: String? = nil
    ) throws(StoreError) -> SubscriptionRecord {
        try checked(checkText(reason, "the reason", bytes: 1...1_000))
        let found = try reading.subscription(id, nowMs: clock())
        guard found.state == .approved else { throw .decided(found, refused: "revoked") }
        return try end(found, .revoked, reason: reason, as: "revoke")
    }

    /// Marks the approvals that have expired by now; decisions don't need the mark, as they check the time.
    /// - Returns: the subscriptions that it ended.
    @discardableResult
    package borrowing func expireSubscriptions() throws(StoreError) -> [SubscriptionRecord] {
        let now = clock()
        let over = try reading.subscriptions(
            where: "subscription.state = 'approved' AND subscription.expires_at_ms <= ?",
            [.integer(now)],
            nowMs: now
        )
        var ended: [SubscriptionRecord] = []
        for record in over { ended.append(try expire(record)) }
        return ended
    }

    borrowing func approve(
        _ pending: SubscriptionRecord,
        _ target: TargetRecord,
        reason: String?,
        expiresAtMs: Int64?,
        tools: [NamePattern]
    ) throws(StoreError) -> SubscriptionRecord {
        let now = clock()
        let pinSet = try presentPinSet(of: target)
        try run(
            """
            UPDATE subscription SET state = 'approved', approved_tools = ?, decision_reason = ?, decided_by = ?,
                decided_at_ms = ?, expires_at_ms = ?, pin_set_id = ?, revision = revision + 1
            WHERE id = ?
            """,
            [
                patternsValue(tools), Value(reason), .text(actor.text), .integer(now), Value(expiresAtMs),
                Value(pinSet), .integer(pending.id),
            ]
        )
        let record = try reading.subscription(pending.id, nowMs: now)
        try auditSubscription("approve", before: pending, after: record)
        return record
    }

    borrowing func end(
        _ found: SubscriptionRecord,
        _ state: SubscriptionRecord.State,
        reason: String?,
        as verb: String
    ) throws(StoreError) -> SubscriptionRecord {
        let now = clock()
        try run(
            """
            UPDATE subscription SET state = ?, decision_reason = ?, decided_by = ?, decided_at_ms = ?,
                pin_set_id = NULL, revision = revision + 1
            WHERE id = ?
            """,
            [
                .text(state.rawValue), Value(reason), .text(actor.text), .integer(now), .integer(found.id),
            ]
        )
        if found.isPinned { try collectPins() }
        let record = try reading.subscription(found.id, nowMs: now)
        try auditSubscription(verb, before: found, after: record)
        return record
    }

    /// Ends an expired subscription. It keeps who approved it and when, as its expiry is nobody's decision.
    @discardableResult
    borrowing func expire(_ found: SubscriptionRecord) throws(StoreError) -> SubscriptionRecord {
        try run(
            "UPDATE subscription SET state = 'expired', pin_set_id = NULL, revision = revision + 1 WHERE id = ?",
            [.integer(found.id)]
        )
        if found.isPinned { try collectPins() }
        let record = try reading.subscription(found.id, nowMs: clock())
        var before = found
        before.state = .approved
        try auditSubscription("expire", before: before, after: record)
        return record
    }
}
