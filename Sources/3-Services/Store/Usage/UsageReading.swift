import Database
package import RateLimit

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

    private borrowing func selection(of query: UsageQuery) throws(StoreError) -> UsageSelection {
        var selection = UsageSelection()
        if let tenant = query.tenant {
            selection.require("usage.tenant_id = ?", .integer(try self.tenant(tenant, nowMs: 0).id))
        }
        if let key = query.key { selection.require("usage.key_id = ?", .integer(try usedKey(key))) }
        if let target = query.target { selection.require("usage.target = ?", .text(target)) }
        if let tool = query.tool { selection.require("\(usedToolName) = ?", .text(tool)) }
        if let since = query.sinceDay { selection.require("usage.day >= ?", .text(since)) }
        if let until = query.untilDay { selection.require("usage.day <= ?", .text(until)) }
        return selection
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

    /// Sums of what was flushed so far, with their total.
    ///
    /// In the order of the dimensions: days and months as they went by, names by the alphabet, but the last ones by their
    /// calls, the most first.
    /// - Throws: `.notFound` for a tenant or a key that isn't there. Of a target or a tool that was never called there is
    ///   nothing to sum.
    package borrowing func usage(_ query: UsageQuery) throws(StoreError) -> UsageSums {
        let selection = try selection(of: query)
        let shape = UsageShape(query)
        let (columns, joins, groups, order) = (shape.columns, shape.joins, shape.groups, shape.order)
        let conditions = selection.conditions
        let countMax = max(1, query.limit)
        var sums = try rows(
            """
            SELECT sum(usage.calls) AS calls, sum(usage.errors), sum(usage.limited) AS limited,
                sum(usage.duration_us), \(columns)
            FROM usage JOIN tenant ON tenant.id = usage.tenant_id \(joins)
            WHERE \(conditions.joined(separator: " AND ")) GROUP BY \(groups) ORDER BY \(order) LIMIT ?
            """,
            selection.values + [Value(countMax + 1)]
        ) { row throws(StoreError) in
            UsageSum(
                by: query.by,
                names: query.by.indices.map { row.text(at: UsageFigures.columnCount + $0) ?? "" },
                figures: UsageFigures(row)
            )
        }
        let isCut = sums.count > countMax
        if isCut { sums.removeLast() }
        let total = try rows(
            """
            SELECT sum(usage.calls), sum(usage.errors), sum(usage.limited), sum(usage.duration_us)
            FROM usage JOIN tenant ON tenant.id = usage.tenant_id \(joins)
            WHERE \(conditions.joined(separator: " AND "))
            """,
            selection.values
        ) { row throws(StoreError) in UsageFigures(row) }
        return UsageSums(rows: sums, total: total.first ?? UsageFigures(), isCut: isCut)
    }
}

/// Which rows are summed.
private struct UsageSelection {
    private(set) var conditions = ["true"]
    private(set) var values: [Value] = []

    mutating func require(_ condition: String, _ value: Value) {
        conditions.append(condition)
        values.append(value)
    }
}

/// What a statement is put together from, as the dimensions are.
private struct UsageShape {
    private(set) var columns = ""
    private(set) var joins = ""
    private(set) var groups = ""
    private(set) var order = ""

    init(_ query: UsageQuery) {
        columns = query.by.map { $0.column }.joined(separator: ", ")
        groups = query.by.map { $0.group }.joined(separator: ", ")
        var places = query.by.dropLast().map { $0.place }
        if let last = query.by.last {
            places.append(last.isTime ? last.place : "calls DESC, limited DESC, \(last.place)")
        }
        order = places.joined(separator: ", ")
        if query.by.contains(.key) { joins += joinUsedKey }
        if query.by.contains(.tool) || query.tool != nil { joins += joinUsedAlias }
    }
}

extension UsageDimension {
    fileprivate var isTime: Bool { self == .day || self == .month }

    /// What is shown of it.
    fileprivate var column: String {
        switch self {
        case .tenant: "coalesce(tenant.removed_name, tenant.name) AS by_tenant"
        case .key: usedKeyName + " AS by_key"
        case .target: "usage.target AS by_target"
        case .tool: usedToolName + " AS by_tool"
        case .day: "usage.day AS by_day"
        case .month: "substr(usage.day, 1, 7) AS by_month"
        }
    }

    fileprivate var group: String {
        switch self {
        // Two tenants that had one name, one after the other, stay two.
        case .tenant: "tenant.id"
        case .key: "usage.key_id, tenant_key.prefix"
        case .target: "usage.target"
        case .tool: "by_tool"
        case .day: "usage.day"
        case .month: "by_month"
        }
    }

    /// What it is ordered by.
    fileprivate var place: String {
        switch self {
        case .tenant: "by_tenant, tenant.id"
        case .key: "by_key"
        case .target: "by_target"
        case .tool: "by_tool"
        case .day: "by_day"
        case .month: "by_month"
        }
    }
}

/// A key is never deleted, but revoked; should one be gone, its number is left.
private let usedKeyName = """
    CASE WHEN usage.key_id = 0 THEN 'tokens'
        ELSE coalesce(tenant_key.prefix, '#' || CAST(usage.key_id AS TEXT)) END
    """

private let joinUsedKey = " LEFT JOIN tenant_key ON tenant_key.id = usage.key_id"

/// What was used is kept by the target's own names, so that an alias splits no history; it's shown as agents say it now.
private let usedToolName = "usage.target || '___' || coalesce(alias.alias, usage.tool)"

private let joinUsedAlias = """
     LEFT JOIN target ON target.name = usage.target
    LEFT JOIN alias ON alias.target_id = target.id AND alias.tool_name = usage.tool
    """

extension UsageFigures {
    fileprivate static let columnCount = 4

    fileprivate init(_ row: borrowing Row) {
        calls = Int(row.int64(at: 0))
        errors = Int(row.int64(at: 1))
        limited = Int(row.int64(at: 2))
        durationUs = Int(row.int64(at: 3))
    }
}
