import Database
package import RateLimit

/// What usage is summed by.
package enum UsageGrouping: String, Sendable, CaseIterable {
    case tenant, target, tool, day
}

/// The calls of one tenant, target, tool or day.
package struct UsageSum: Sendable, Equatable {
    /// The tenant's or the target's name, the tool's exposed name of today, or the UTC day.
    package var name: String
    package var calls: Int
    /// Of `calls`.
    package var errors: Int
    /// Turned away by a limit; not among `calls`.
    package var limited: Int
    package var durationMs: Int
}

extension ReadTransaction {
    /// What quotas have counted in every period that is kept: where a server goes on after a restart.
    package borrowing func quotaUsage() throws(StoreError) -> [QuotaUsage] {
        try rows("SELECT limit_id, period, count FROM quota_usage ORDER BY limit_id, period") {
            row throws(StoreError) in
            QuotaUsage(
                limitID: row.int64(at: 0),
                period: row.text(at: 1) ?? "",
                count: row.int64(at: 2)
            )
        }
    }

    /// Sums of what was flushed so far: days in order, all else by calls, the most first; at most `limit`.
    ///
    /// - Parameters:
    ///   - tenant: of this one alone. A removed tenant's calls are in the other sums, under the name that it had.
    ///   - sinceDay: from this UTC day on, `2026-11-21`.
    /// - Throws: `.notFound` for a tenant that isn't there.
    package borrowing func usage(
        by grouping: UsageGrouping,
        tenant: TenantName? = nil,
        sinceDay: String? = nil,
        limit: Int = 10_000
    ) throws(StoreError) -> [UsageSum] {
        let name =
            switch grouping {
            case .tenant: "coalesce(tenant.removed_name, tenant.name)"
            case .target: "usage.target"
            case .tool: "usage.target || '___' || coalesce(alias.alias, usage.tool)"
            case .day: "usage.day"
            }
        var conditions = ["true"]
        var values: [Value] = []
        if let tenant {
            conditions.append("usage.tenant_id = ?")
            values.append(.integer(try self.tenant(tenant, nowMs: 0).id))
        }
        if let sinceDay {
            conditions.append("usage.day >= ?")
            values.append(.text(sinceDay))
        }
        // Two tenants that had one name, one after the other, stay two.
        let group = grouping == .tenant ? "tenant.id" : "shown"
        let order = grouping == .day ? "shown" : "calls DESC, limited DESC, shown"
        return try rows(
            """
            SELECT \(name) AS shown, sum(usage.calls) AS calls, sum(usage.errors), sum(usage.limited) AS limited,
                sum(usage.duration_ms)
            FROM usage JOIN tenant ON tenant.id = usage.tenant_id \(grouping == .tool ? joinUsedAlias : "")
            WHERE \(conditions.joined(separator: " AND ")) GROUP BY \(group) ORDER BY \(order) LIMIT ?
            """,
            values + [Value(max(1, limit))]
        ) { row throws(StoreError) in
            UsageSum(
                name: row.text(at: 0) ?? "",
                calls: Int(row.int64(at: 1)),
                errors: Int(row.int64(at: 2)),
                limited: Int(row.int64(at: 3)),
                durationMs: Int(row.int64(at: 4))
            )
        }
    }
}

/// What was used is kept by the target's own names, so that an alias splits no history; it's shown as agents say it now.
private let joinUsedAlias = """
    LEFT JOIN target ON target.name = usage.target
    LEFT JOIN alias ON alias.target_id = target.id AND alias.tool_name = usage.tool
    """
