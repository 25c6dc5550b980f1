import Database
package import RateLimit
import Telemetry

extension ReadTransaction {
    /// The counts of all quotas in every period that is kept: a restarted server goes on from them.
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

    /// The present counts in the periods of those rows, by all servers together.
    package borrowing func quotaUsage(of rows: [QuotaUsage]) throws(StoreError) -> [QuotaUsage] {
        var totals: [QuotaUsage] = []
        for row in rows {
            totals += try self.rows(
                "SELECT count FROM quota_usage WHERE limit_id = ? AND period = ?",
                [.integer(row.limitID), .text(row.period)]
            ) { found throws(StoreError) in
                QuotaUsage(limitID: row.limitID, period: row.period, count: found.int64(at: 0))
            }
        }
        return totals
    }
}

extension ReadTransaction {
    /// Sums of the calls that were written so far, with their total.
    ///
    /// In the order of the dimensions: times ascending, names by the alphabet, but those of the last dimension by
    /// their calls, the most first. Reads the rows once, and those of the time before: about a microsecond each.
    /// - Throws: `.notFound` for a tenant or a key that isn't there. A target or a tool that was never called gives
    ///   no sum.
    package borrowing func usage(_ query: UsageQuery) throws(StoreError) -> UsageSums {
        let selection = UsageSelection(
            tenantID: try query.tenant.map { name throws(StoreError) in try tenant(name, nowMs: 0).id },
            keyID: try query.key.map { prefix throws(StoreError) in try usedKey(prefix) }
        )
        let names = try usedNames(query)
        var now = UsageGroups(by: query.by, of: names)
        try read(query.span, selection, into: &now)
        var before: UsageGroups?
        if let span = query.comparedSpan {
            // Groups that occur in the time before only have no row.
            var groups = query.unit == nil ? now.emptied : UsageGroups(by: query.by, of: names)
            try read(span, selection, into: &groups)
            before = groups
        }
        return now.sums(query, before: before)
    }

    /// The id of a key, also of one whose tenant was removed; 0 for `UsageSum.tokenName`.
    private borrowing func usedKey(_ prefix: String) throws(StoreError) -> Int64 {
        if prefix == UsageSum.tokenName { return 0 }
        let found = try rows("SELECT id FROM tenant_key WHERE prefix = ?", [.text(prefix)]) {
            row throws(StoreError) in row.int64(at: 0)
        }
        guard let id = found.first else { return try key(prefix: prefix).id }
        return id
    }

    private borrowing func read(
        _ span: UsageSpan,
        _ selection: UsageSelection,
        into groups: inout UsageGroups
    ) throws(StoreError) {
        for scan in span.scans(inHours: groups.by.contains(.hour)) {
            try read(scan, selection, into: &groups)
        }
    }

    private borrowing func read(
        _ scan: UsageScan,
        _ selection: UsageSelection,
        into groups: inout UsageGroups
    ) throws(StoreError) {
        if let from = scan.from, let until = scan.until, from >= until { return }
        let table = scan.table.name
        var conditions = ["true"]
        var values: [Value] = []
        if let from = scan.from {
            conditions.append("period >= ?")
            values.append(.integer(from))
        }
        if let until = scan.until {
            conditions.append("period < ?")
            values.append(.integer(until))
        }
        if let tenant = selection.tenantID {
            conditions.append("tenant_id = ?")
            values.append(.integer(tenant))
        }
        if let key = selection.keyID {
            conditions.append("key_id = ?")
            values.append(.integer(key))
        }
        groups.begin(scan.table)
        try forEachRow(
            """
            SELECT period, tenant_id, key_id, tool_id, outcome, calls, errors, limited, reported, cold_starts, unpriced,
                bytes_in, bytes_out, billed_ms, measured_nusd, estimated_nusd, duration_us, sketch
            FROM \(table) WHERE \(conditions.joined(separator: " AND "))
            """,
            values
        ) { row throws(StoreError) in groups.add(row) }
    }

    /// The names to show for the query's sums, and the tools that it selects.
    private borrowing func usedNames(_ query: UsageQuery) throws(StoreError) -> UsageNames {
        var names = UsageNames()
        if query.by.contains(.tenant) {
            try forEachRow("SELECT id, coalesce(removed_name, name) FROM tenant") { row throws(StoreError) in
                names.tenants[row.int64(at: 0)] = row.text(at: 1) ?? ""
            }
        }
        if query.by.contains(.key) {
            try forEachRow("SELECT id, prefix FROM tenant_key") { row throws(StoreError) in
                names.keys[row.int64(at: 0)] = row.text(at: 1) ?? ""
            }
        }
        let isByTool = query.by.contains(.tool) || query.by.contains(.target)
        guard isByTool || query.tool != nil || query.target != nil else { return names }
        // Usage is stored by the target's own names, so that an alias splits no history; it's shown by the names that
        // agents use now.
        try forEachRow(
            """
            SELECT used_tool.id, used_tool.target, coalesce(alias.alias, used_tool.tool)
            FROM used_tool LEFT JOIN target ON target.name = used_tool.target
                LEFT JOIN alias ON alias.target_id = target.id AND alias.tool_name = used_tool.tool
            """
        ) { row throws(StoreError) in
            names.add(tool: row.int64(at: 0), row.text(at: 1) ?? "", row.text(at: 2) ?? "")
        }
        if query.tool != nil || query.target != nil { names.select(target: query.target, tool: query.tool) }
        return names
    }
}

/// Which rows are read.
private struct UsageSelection {
    let tenantID: Int64?
    let keyID: Int64?
}
