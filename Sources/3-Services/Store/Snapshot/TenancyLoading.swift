import Bytes
import Policy
import Database

extension ReadTransaction {
    /// The approved subscriptions, including expired ones: each decision checks the time itself.
    borrowing func subscriptionEntries(
        _ tenants: [Int64: Int],
        _ targets: [Int64: Int],
        _ pinSets: [Int64: Int],
        _ patterns: inout PatternCache
    ) throws(StoreError) -> [SubscriptionEntry] {
        var entries: [SubscriptionEntry] = []
        try forEachRow(
            """
            SELECT id, tenant_id, target_id, expires_at_ms, requested_tools, approved_tools, pin_set_id
            FROM subscription WHERE state = 'approved'
            """
        ) { row throws(StoreError) in
            guard let tenant = tenants[row.int64(at: 1)], let target = targets[row.int64(at: 2)] else {
                return
            }
            entries.append(
                SubscriptionEntry(
                    id: row.int64(at: 0),
                    tenant: tenant,
                    target: target,
                    expiresAtMs: row.isNull(at: 3) ? nil : row.int64(at: 3),
                    requestedTools: try patterns.list(row, at: 4),
                    approvedTools: try patterns.list(row, at: 5),
                    pinSet: row.isNull(at: 6) ? nil : pinSets[row.int64(at: 6)]
                )
            )
        }
        return entries
    }

    /// The pin sets that approved subscriptions are bound to.
    borrowing func pinSetEntries(_ positions: inout [Int64: Int]) throws(StoreError) -> [PinSetEntry] {
        var entries = try rows(
            """
            SELECT DISTINCT pin_set_id FROM subscription WHERE state = 'approved' AND pin_set_id IS NOT NULL
            """
        ) { row throws(StoreError) in PinSetEntry(id: row.int64(at: 0), pins: [:]) }
        for (position, entry) in entries.enumerated() { positions[entry.id] = position }
        try forEachRow("SELECT pin_set_id, tool_name, sha256, alias FROM pin") { row throws(StoreError) in
            guard let position = positions[row.int64(at: 0)] else { return }
            let name = row.text(at: 1) ?? ""
            entries[position].pins[name] = try storedDigest(row, at: 2)
            if let alias = row.text(at: 3) { entries[position].aliases[name] = alias }
        }
        return entries
    }

    borrowing func limitEntries(
        _ tenants: [Int64: Int],
        _ targets: [Int64: Int],
        _ keys: [KeyEntry]
    ) throws(StoreError) -> [LimitEntry] {
        let keyPositions = Dictionary(
            keys.enumerated().map { ($1.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var entries: [LimitEntry] = []
        try forEachRow(
            """
            SELECT id, scope, tenant_id, key_id, target_id, tool, rate_permits, rate_unit, burst, day_quota, month_quota,
                day_budget_nusd, month_budget_nusd
            FROM usage_limit ORDER BY id
            """
        ) { row throws(StoreError) in
            let tenant = tenants[row.int64(at: 2)]
            let target = targets[row.int64(at: 4)]
            let scope: LimitEntry.Scope? =
                switch row.text(at: 1) {
                case "tenant": tenant.map { .tenant($0) }
                case "key": keyPositions[row.int64(at: 3)].map { .key($0) }
                case "target": target.map { .target($0) }
                case "tenant-target":
                    tenant.flatMap { tenant in target.map { .tenantTarget(tenant: tenant, target: $0) } }
                case "tenant-tool": tenant.map { .tenantTool(tenant: $0, tool: row.text(at: 5) ?? "") }
                default: nil
                }
            // The limit's tenant or key was removed: no call counts on it any more.
            guard let scope else { return }
            entries.append(
                LimitEntry(
                    id: row.int64(at: 0),
                    scope: scope,
                    rate: limitRate(row, from: 6),
                    dayQuota: row.isNull(at: 9) ? nil : Int(row.int64(at: 9)),
                    monthQuota: row.isNull(at: 10) ? nil : Int(row.int64(at: 10)),
                    dayBudget: row.isNull(at: 11) ? nil : row.int64(at: 11),
                    monthBudget: row.isNull(at: 12) ? nil : row.int64(at: 12)
                )
            )
        }
        return entries
    }
}

/// Permits, unit and burst from that column on; `nil` when the limit has no rate.
func limitRate(_ row: borrowing Row, from column: Int) -> LimitEntry.Rate? {
    guard !row.isNull(at: column),
        let unit = LimitEntry.Rate.Unit(rawValue: row.text(at: column + 1) ?? "")
    else { return nil }
    return LimitEntry.Rate(
        permits: Int(row.int64(at: column)),
        per: unit,
        burst: Int(row.int64(at: column + 2))
    )
}
