import Calendar
import Database

/// A tool, key or subscription that nobody has used for a while.
package struct UnusedThing: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case tool, key, subscription
    }

    package let kind: Kind
    /// A tool's exposed name, a key's prefix, a subscription's id.
    package let name: String
    /// The tenant of a key or a subscription.
    package let tenant: String?
    /// The target of a tool or a subscription.
    package let target: String?
    /// Milliseconds since 1970; for tools and subscriptions the beginning of the UTC day. nil when it was never used.
    package let lastUsedAtMs: Int64?
    /// Since when it could be used: first seen, issued, approved. Milliseconds since 1970.
    package let availableSinceMs: Int64

    /// Where it is in the order of the list.
    package var place: String { "\(kind == .tool ? 0 : kind == .key ? 1 : 2) \(tenant ?? "") \(name)" }
}

extension ReadTransaction {
    /// The tools that nobody has called since `sinceMs`, the active keys that were not used, and the approved
    /// subscriptions without a call; only those that were available before then. In order of their places.
    ///
    /// For tools and subscriptions whole UTC days count. Removed targets are left out. Reads the rows of all days:
    /// half a second for a million of them.
    package borrowing func unused(sinceMs: Int64, nowMs: Int64) throws(StoreError) -> [UnusedThing] {
        let uses = try lastUses()
        let sinceDay = UTCDay(ms: sinceMs).startMs
        var unused = try unusedTools(uses, before: sinceDay)
        unused += try unusedKeys(before: sinceMs, nowMs: nowMs)
        unused += try unusedSubscriptions(uses, before: sinceDay, nowMs: nowMs)
        return unused.sorted { $0.place < $1.place }
    }

    /// When tools were called last, and by whom.
    private struct LastUses {
        var tools: [UsedToolName: Int64] = [:]
        var targets: [TenantAndTarget: Int64] = [:]
    }

    private struct TenantAndTarget: Hashable {
        let tenantID: Int64
        let target: String
    }

    private borrowing func lastUses() throws(StoreError) -> LastUses {
        var names: [Int64: UsedToolName] = [:]
        try forEachRow("SELECT id, target, tool FROM used_tool") { row throws(StoreError) in
            names[row.int64(at: 0)] = UsedToolName(target: row.text(at: 1) ?? "", tool: row.text(at: 2) ?? "")
        }
        var uses = LastUses()
        for usage in [UsageTable.day, .minute] {
            let table = usage.name
            try forEachRow(
                "SELECT tenant_id, tool_id, max(period) FROM \(table) GROUP BY tenant_id, tool_id"
            ) { row throws(StoreError) in
                guard let name = names[row.int64(at: 1)] else { return }
                let ms = usage.period(of: row.int64(at: 2), in: usage) / usage.periodsOfDay * UTCDay.ms
                let subscriber = TenantAndTarget(tenantID: row.int64(at: 0), target: name.target)
                uses.tools[name] = max(uses.tools[name] ?? 0, ms)
                uses.targets[subscriber] = max(uses.targets[subscriber] ?? 0, ms)
            }
        }
        return uses
    }

    private borrowing func unusedTools(
        _ uses: LastUses,
        before dayMs: Int64
    ) throws(StoreError) -> [UnusedThing] {
        let tools = try rows(
            """
            SELECT target.name, tool.name, \(exposedWord), tool.first_seen_ms
            FROM tool JOIN target ON target.id = tool.target_id \(joinAlias) WHERE tool.kind = 'tool'
            """
        ) { row throws(StoreError) in
            let target = row.text(at: 0) ?? ""
            return UnusedThing(
                kind: .tool,
                name: "\(target)___\(row.text(at: 2) ?? "")",
                tenant: nil,
                target: target,
                lastUsedAtMs: uses.tools[UsedToolName(target: target, tool: row.text(at: 1) ?? "")],
                availableSinceMs: row.int64(at: 3)
            )
        }
        return tools.filter { $0.isUnused(before: dayMs) }
    }

    private borrowing func unusedKeys(before ms: Int64, nowMs: Int64) throws(StoreError) -> [UnusedThing] {
        let keys = try rows(
            """
            SELECT tenant_key.prefix, tenant.name, tenant_key.last_used_at_ms, tenant_key.created_at_ms
            FROM tenant_key JOIN tenant ON tenant.id = tenant_key.tenant_id
            WHERE tenant_key.revoked_at_ms IS NULL AND tenant.removed_at_ms IS NULL
                AND (tenant_key.expires_at_ms IS NULL OR tenant_key.expires_at_ms > ?)
            """,
            [.integer(nowMs)]
        ) { row throws(StoreError) in
            UnusedThing(
                kind: .key,
                name: row.text(at: 0) ?? "",
                tenant: row.text(at: 1),
                target: nil,
                lastUsedAtMs: row.isNull(at: 2) ? nil : row.int64(at: 2),
                availableSinceMs: row.int64(at: 3)
            )
        }
        return keys.filter { $0.isUnused(before: ms) }
    }

    private borrowing func unusedSubscriptions(
        _ uses: LastUses,
        before dayMs: Int64,
        nowMs: Int64
    ) throws(StoreError) -> [UnusedThing] {
        let subscriptions = try rows(
            """
            SELECT subscription.id, tenant.id, tenant.name, target.name,
                coalesce(subscription.decided_at_ms, subscription.requested_at_ms)
            FROM subscription JOIN tenant ON tenant.id = subscription.tenant_id
                JOIN target ON target.id = subscription.target_id
            WHERE subscription.state = 'approved' AND tenant.removed_at_ms IS NULL
                AND (subscription.expires_at_ms IS NULL OR subscription.expires_at_ms > ?)
            """,
            [.integer(nowMs)]
        ) { row throws(StoreError) in
            let target = row.text(at: 3) ?? ""
            return UnusedThing(
                kind: .subscription,
                name: "\(row.int64(at: 0))",
                tenant: row.text(at: 2),
                target: target,
                lastUsedAtMs: uses.targets[TenantAndTarget(tenantID: row.int64(at: 1), target: target)],
                availableSinceMs: row.int64(at: 4)
            )
        }
        return subscriptions.filter { $0.isUnused(before: dayMs) }
    }
}

extension UnusedThing {
    /// Something that became available later than that doesn't count as unused.
    fileprivate func isUnused(before ms: Int64) -> Bool {
        availableSinceMs < ms && (lastUsedAtMs.map { $0 < ms } ?? true)
    }
}
