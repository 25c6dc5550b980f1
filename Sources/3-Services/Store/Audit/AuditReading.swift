import Bytes
import Crypto
import Database

/// Which events are wanted; `nil` asks for all.
package struct AuditFilter: Sendable, Equatable {
    /// The whole actor, such as `cli:ada`.
    package var actor: String?
    /// How the action begins: `subscription.` for all that happened to subscriptions.
    package var actionPrefix: String?
    /// The whole object, such as `target:time`.
    package var object: String?
    /// The name of the tenant that events concern.
    package var tenant: String?
    /// Milliseconds since 1970; events at that very time are included.
    package var sinceMs: Int64?
    /// Only events with a lower id: the last id of a page asks for the next one.
    package var beforeID: Int64?
    /// 1...1000; for other values the nearest of these.
    package var limit: Int

    package init(
        actor: String? = nil,
        actionPrefix: String? = nil,
        object: String? = nil,
        tenant: String? = nil,
        sinceMs: Int64? = nil,
        beforeID: Int64? = nil,
        limit: Int = 100
    ) {
        self.actor = actor
        self.actionPrefix = actionPrefix
        self.object = object
        self.tenant = tenant
        self.sinceMs = sinceMs
        self.beforeID = beforeID
        self.limit = limit
    }

    /// The most events of one answer.
    package static let limitMax = 1_000
}

extension ReadTransaction {
    /// Events that match, newest first.
    package borrowing func auditEvents(_ filter: AuditFilter = AuditFilter()) throws(StoreError)
        -> [AuditEvent]
    {
        var conditions: [String] = []
        var values: [Value] = []
        func require(_ condition: String, _ value: Value) {
            conditions.append(condition)
            values.append(value)
        }
        if let actor = filter.actor { require("actor = ?", .text(actor)) }
        if let object = filter.object { require("object = ?", .text(object)) }
        if let tenant = filter.tenant { require("tenant = ?", .text(tenant)) }
        if let since = filter.sinceMs { require("at_ms >= ?", .integer(since)) }
        if let before = filter.beforeID { require("id < ?", .integer(before)) }
        if let prefix = filter.actionPrefix, !prefix.isEmpty {
            // Not LIKE: the prefix has no wildcards, and its case matters. U+10FFFF sorts after every character.
            require("action >= ?", .text(prefix))
            require("action < ?", .text(prefix + "\u{10FFFF}"))
        }
        let filtered = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        let limit = min(max(filter.limit, 1), AuditFilter.limitMax)
        return try rows("\(selectEvents) \(filtered) ORDER BY id DESC LIMIT \(limit)", values) {
            row throws(StoreError) in auditEvent(row)
        }
    }
}

/// The columns that `auditEvent` reads, then both hashes.
let selectEvents = """
    SELECT id, at_ms, actor, action, object, tenant, before, after, request_id, previous_hash, hash FROM audit
    """

func auditEvent(_ row: borrowing Row) -> AuditEvent {
    AuditEvent(
        id: row.int64(at: 0),
        atMs: row.int64(at: 1),
        actor: row.text(at: 2) ?? "",
        action: row.text(at: 3) ?? "",
        object: row.text(at: 4) ?? "",
        tenant: row.text(at: 5),
        before: row.text(at: 6),
        after: row.text(at: 7),
        requestID: row.text(at: 8),
        storedHash: row.blob(at: 10).map { Hex.encode($0) }
    )
}

extension ReadTransaction {
    /// Whether nothing was ever changed in the store.
    package borrowing func isUntouched() throws(StoreError) -> Bool {
        try rows("SELECT last_id FROM audit_head") { row throws(StoreError) in row.int64(at: 0) }
            .allSatisfy { $0 == 0 }
    }

    /// Whether the first audited event is a tenant that a starting server made by itself, as it does for functions of
    /// the environment. Audited events are never removed.
    package borrowing func wasMadeByStart() throws(StoreError) -> Bool {
        try rows("SELECT actor, action FROM audit ORDER BY id LIMIT 1") { row throws(StoreError) in
            row.text(at: 0) == Actor.system.text && row.text(at: 1) == "tenant.create"
        }.first ?? false
    }
}
