import Database
import JSON

/// The state of a tenant's subscription to a target at a time in the past, according to the audit log.
package struct SubscriptionStanding: Sendable, Equatable {
    package let id: Int64
    package let state: SubscriptionRecord.State
    /// The actor that decided last before that time; nil while the request was pending.
    package let decidedBy: String?
    package let decidedAtMs: Int64?
    /// The first millisecond at which an approval no longer held; nil when it had no expiry.
    package let expiresAtMs: Int64?
}

extension ReadTransaction {
    /// The subscription that let the tenant's calls through at that time; else the newest one of that time; nil for
    /// none.
    ///
    /// Includes the history of removed targets and of removed tenants. Where a clock was set back, events that seem
    /// to be later than that time are left out.
    /// - Parameters:
    ///   - target: its name at that time.
    ///   - ms: milliseconds since 1970.
    package borrowing func subscriptionStanding(
        tenantID: Int64,
        target: String,
        atMs ms: Int64
    ) throws(StoreError) -> SubscriptionStanding? {
        let ids = try rows(
            """
            SELECT id FROM subscription WHERE tenant_id = ? AND target_name = ? AND requested_at_ms <= ?
            ORDER BY id DESC LIMIT 100
            """,
            [.integer(tenantID), .text(target), .integer(ms)]
        ) { row throws(StoreError) in row.int64(at: 0) }
        var newest: SubscriptionStanding?
        for id in ids {
            guard let standing = try standing(ofSubscription: id, atMs: ms) else { continue }
            if standing.state == .approved { return standing }
            newest = newest ?? standing
        }
        return newest
    }

    private borrowing func standing(
        ofSubscription id: Int64,
        atMs ms: Int64
    ) throws(StoreError) -> SubscriptionStanding? {
        let events = try rows(
            "SELECT at_ms, action, after FROM audit WHERE object = ? AND at_ms <= ? ORDER BY id DESC",
            [.text("subscription:\(id)"), .integer(ms)]
        ) { row throws(StoreError) in
            (
                atMs: row.int64(at: 0), action: row.text(at: 1) ?? "",
                after: (try? JSONValue(parsing: row.text(at: 2) ?? "")) ?? .null
            )
        }
        guard let last = events.first,
            let state = last.after["state"]?.stringValue.flatMap({ SubscriptionRecord.State(rawValue: $0) })
        else { return nil }
        let expiresAtMs = last.after["expiresAtMs"]?.intValue.map { Int64($0) }
        let isOver = state == .approved && expiresAtMs.map { $0 <= ms } ?? false
        // An expiry isn't a decision: the decision came before it.
        let decision = events.first {
            $0.after["decidedBy"]?.stringValue != nil && $0.action != "subscription.expire"
        }
        return SubscriptionStanding(
            id: id,
            state: isOver ? .expired : state,
            decidedBy: decision?.after["decidedBy"]?.stringValue,
            decidedAtMs: decision?.atMs,
            expiresAtMs: expiresAtMs
        )
    }
}
