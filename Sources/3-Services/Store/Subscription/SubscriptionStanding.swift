import Database
import JSON

/// How a tenant's subscription to a target stood at a moment in the past, as the audit log has it.
package struct SubscriptionStanding: Sendable, Equatable {
    package let id: Int64
    package let state: SubscriptionRecord.State
    /// Who decided last before that moment, an actor's text; nil for one that waited.
    package let decidedBy: String?
    package let decidedAtMs: Int64?
    /// The first millisecond at which an approval no longer held; nil for none.
    package let expiresAtMs: Int64?
}

extension ReadTransaction {
    /// The subscription that let the tenant's calls through at that moment; else the newest that there was; nil for none.
    ///
    /// A removed target's and a removed tenant's history is there too. Where a clock was set back, events that seem to come
    /// later than the moment are left out.
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
        // What a clock ended was decided before.
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
