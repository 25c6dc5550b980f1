import JSON
import SQLite

/// What is being removed, and takes subscriptions and limits with it.
enum Removal {
    case tenant(Int64)
    case target(Int64)

    fileprivate var id: Int64 {
        switch self {
        case .tenant(let id), .target(let id): id
        }
    }
}

extension WriteTransaction {
    /// Ends the live subscriptions of what is being removed: an approved one is revoked, or expired if its time was
    /// over, and one that nobody has decided is denied. Each in the audit log.
    borrowing func endSubscriptions(of removal: Removal, reason: String) throws(StoreError) {
        let condition =
            switch removal {
            case .tenant: "subscription.tenant_id = ?"
            case .target: "subscription.target_id = ?"
            }
        let now = clock()
        let live = try reading.rows(
            """
            SELECT subscription.id, tenant.name, subscription.target_name, subscription.state,
                subscription.expires_at_ms
            FROM subscription JOIN tenant ON tenant.id = subscription.tenant_id
            WHERE \(condition) AND subscription.state IN ('pending', 'approved') ORDER BY subscription.id
            """,
            [.integer(removal.id)]
        ) { row throws(StoreError) in
            LiveSubscription(
                id: row.int64(at: 0),
                tenant: row.text(at: 1) ?? "",
                target: row.text(at: 2) ?? "",
                state: row.text(at: 3) ?? "",
                expiresAtMs: row.isNull(at: 4) ? nil : row.int64(at: 4)
            )
        }
        for subscription in live { try end(subscription, reason: reason, at: now) }
    }

    private borrowing func end(
        _ subscription: LiveSubscription,
        reason: String,
        at now: Int64
    ) throws(StoreError) {
        let (verb, state) = subscription.ending(at: now)
        let shown = JSONObject([
            ("id", .number(String(subscription.id))), ("tenant", .string(subscription.tenant)),
            ("target", .string(subscription.target)),
        ])
        var before = shown
        before["state"] = .string(subscription.state)
        var after = shown
        after["state"] = .string(state)
        if state == "expired" {
            try run(
                "UPDATE subscription SET state = 'expired', revision = revision + 1 WHERE id = ?",
                [.integer(subscription.id)]
            )
        } else {
            after["decisionReason"] = .string(reason)
            try run(
                """
                UPDATE subscription SET state = ?, decision_reason = ?, decided_by = ?, decided_at_ms = ?,
                    revision = revision + 1
                WHERE id = ?
                """,
                [
                    .text(state), .text(reason), .text(actor.text), .integer(now), .integer(subscription.id),
                ]
            )
        }
        try audit(
            "subscription.\(verb)",
            "subscription:\(subscription.id)",
            tenant: subscription.tenant,
            before: .object(before),
            after: .object(after)
        )
    }

    /// Takes away the limits of what is being removed, with their counters. Each in the audit log.
    borrowing func dropLimits(of removal: Removal) throws(StoreError) {
        let condition =
            switch removal {
            case .tenant:
                """
                usage_limit.tenant_id = ?1
                    OR usage_limit.key_id IN (SELECT id FROM tenant_key WHERE tenant_id = ?1)
                """
            case .target: "usage_limit.target_id = ?1"
            }
        let limits = try reading.rows(
            "\(selectLimitsForAudit) WHERE \(condition) ORDER BY usage_limit.id",
            [.integer(removal.id)]
        ) { row throws(StoreError) in auditedLimit(row) }
        for limit in limits {
            try run("DELETE FROM usage_limit WHERE id = ?", [.integer(limit.id)])
            try audit("limit.remove", "limit:\(limit.id)", tenant: limit.tenant, before: limit.shown)
        }
    }

    /// Gives a new key the limits of an old one, with counters of their own. Each in the audit log.
    borrowing func copyLimits(fromKey old: Int64, toKey new: Int64) throws(StoreError) {
        let now = clock()
        try run(
            """
            INSERT INTO usage_limit (scope, tenant_id, key_id, target_id, tool, rate_permits, rate_unit, burst,
                day_quota, month_quota, created_at_ms, updated_at_ms)
            SELECT scope, tenant_id, ?1, target_id, tool, rate_permits, rate_unit, burst, day_quota, month_quota,
                ?2, ?2
            FROM usage_limit WHERE key_id = ?3
            """,
            [.integer(new), .integer(now), .integer(old)]
        )
        let limits = try reading.rows(
            "\(selectLimitsForAudit) WHERE usage_limit.key_id = ? ORDER BY usage_limit.id",
            [.integer(new)]
        ) { row throws(StoreError) in auditedLimit(row) }
        for limit in limits {
            try audit("limit.set", "limit:\(limit.id)", tenant: limit.tenant, after: limit.shown)
        }
    }
}

private struct LiveSubscription {
    let id: Int64
    let tenant: String
    let target: String
    let state: String
    let expiresAtMs: Int64?

    func ending(at now: Int64) -> (verb: String, state: String) {
        if state == "pending" { return ("deny", "denied") }
        if let expiresAtMs, expiresAtMs <= now { return ("expire", "expired") }
        return ("revoke", "revoked")
    }
}

private struct AuditedLimit {
    let id: Int64
    let tenant: String?
    let shown: JSONValue
}

private let selectLimitsForAudit = """
    SELECT usage_limit.id, coalesce(tenant.name, owner.name), usage_limit.scope, target.name, tenant_key.prefix,
        usage_limit.tool, usage_limit.rate_permits, usage_limit.rate_unit, usage_limit.burst,
        usage_limit.day_quota, usage_limit.month_quota
    FROM usage_limit LEFT JOIN tenant ON tenant.id = usage_limit.tenant_id
        LEFT JOIN target ON target.id = usage_limit.target_id
        LEFT JOIN tenant_key ON tenant_key.id = usage_limit.key_id
        LEFT JOIN tenant AS owner ON owner.id = tenant_key.tenant_id
    """

private func auditedLimit(_ row: borrowing Statement) -> AuditedLimit {
    let shown: JSONValue = [
        "scope": .optional(row.text(at: 2)), "tenant": .optional(row.text(at: 1)),
        "target": .optional(row.text(at: 3)), "key": .optional(row.text(at: 4)),
        "tool": .optional(row.text(at: 5)), "ratePermits": number(row, at: 6),
        "rateUnit": .optional(row.text(at: 7)),
        "burst": number(row, at: 8), "dayQuota": number(row, at: 9), "monthQuota": number(row, at: 10),
    ]
    return AuditedLimit(id: row.int64(at: 0), tenant: row.text(at: 1), shown: shown)
}

private func number(_ row: borrowing Statement, at column: Int) -> JSONValue {
    row.isNull(at: column) ? .null : .optional(row.int64(at: column))
}
