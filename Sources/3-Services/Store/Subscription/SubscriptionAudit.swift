import Calendar
import JSON
import Policy

extension WriteTransaction {
    borrowing func auditSubscription(
        _ verb: String,
        before: SubscriptionRecord?,
        after: SubscriptionRecord
    ) throws(StoreError) {
        try audit(
            "subscription.\(verb)",
            "subscription:\(after.id)",
            tenant: after.tenant.text,
            before: before.map { auditView($0) },
            after: auditView(after)
        )
    }
}

private func auditView(_ record: SubscriptionRecord) -> JSONValue {
    [
        "tenant": .string(record.tenant.text),
        "target": .string(record.target.text),
        "state": .string(record.state.rawValue),
        "requestedTools": patternsView(record.requestedTools),
        "approvedTools": patternsView(record.approvedTools),
        "requestReason": record.requestReason.map { .string($0) } ?? .null,
        "decisionReason": record.decisionReason.map { .string($0) } ?? .null,
        "decidedBy": record.decidedBy.map { .string($0) } ?? .null,
        "expiresAtMs": record.expiresAtMs.map { .number("\($0)") } ?? .null,
        "isPinned": .bool(record.isPinned),
    ]
}

private func patternsView(_ patterns: [NamePattern]) -> JSONValue {
    .array(patterns.map { .string($0.text) })
}

extension StoreError {
    static func noSubscription(_ id: Int64) -> StoreError {
        StoreError(
            .notFound,
            "there is no subscription \(id)",
            hint: "the list of subscriptions shows their ids"
        )
    }

    /// The error for a decision that comes too late or too early: it says the state, who decided, and since when.
    static func decided(_ found: SubscriptionRecord, refused verb: String) -> StoreError {
        let state: String =
            switch found.state {
            case .pending:
                "is pending since \(UTCTime(ms: found.requestedAtMs).rfc3339), asked for by \(found.requestedBy)"
            case .expired: "expired at \(UTCTime(ms: found.expiresAtMs ?? 0).rfc3339)"
            case .approved, .denied, .revoked, .cancelled:
                "was \(found.state.rawValue) by \(found.decidedBy ?? "somebody") at "
                    + UTCTime(ms: found.decidedAtMs ?? 0).rfc3339
            }
        let hint: String =
            switch found.state {
            case .pending: "approve or deny it"
            case .approved where verb == "approved":
                "to approve it with another expiry or other tools, revoke it and let it be asked for again"
            case .approved: "revoke it to end it"
            case .denied, .revoked, .expired, .cancelled: "the tenant may ask again"
            }
        return StoreError(
            .conflict,
            "subscription \(found.id) \(state), so it can't be \(verb) now",
            hint: hint
        )
    }
}
