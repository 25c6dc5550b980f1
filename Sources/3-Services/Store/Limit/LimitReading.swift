import Policy
import Database
import Text

extension ReadTransaction {
    /// The limits of one tenant, with those on its keys, or all limits; in order of their ids.
    /// - Throws: `.notFound` for a tenant that isn't there.
    package borrowing func limits(of tenant: TenantName? = nil) throws(StoreError) -> [LimitRecord] {
        guard let tenant else { return try limits(where: "true", []) }
        let id = try self.tenant(tenant, nowMs: 0).id
        return try limits(where: "owner.id = ?", [.integer(id)])
    }

    /// - Throws: `.notFound`.
    package borrowing func limit(_ id: Int64) throws(StoreError) -> LimitRecord {
        guard let limit = try limits(where: "usage_limit.id = ?", [.integer(id)]).first else {
            throw StoreError(
                .notFound,
                "there is no limit \(id)",
                hint: "the list of limits shows their ids"
            )
        }
        return limit
    }

    /// The limit on that object; `nil` when there is none.
    /// - Throws: `.notFound` when the object itself isn't there, `.invalid` for a name that no tool could have.
    package borrowing func limit(on object: LimitObject) throws(StoreError) -> LimitRecord? {
        try limit(on: place(of: object))
    }

    borrowing func limit(on place: LimitPlace) throws(StoreError) -> LimitRecord? {
        try limits(
            where: """
                usage_limit.scope = ? AND coalesce(usage_limit.tenant_id, 0) = ?
                    AND coalesce(usage_limit.key_id, 0) = ? AND coalesce(usage_limit.target_id, 0) = ?
                    AND coalesce(usage_limit.tool, '') = ?
                """,
            [
                .text(place.scope), .integer(place.tenantID ?? 0), .integer(place.keyID ?? 0),
                .integer(place.targetID ?? 0), .text(place.tool ?? ""),
            ]
        ).first
    }

    /// The columns that a limit on that object is stored with.
    borrowing func place(of object: LimitObject) throws(StoreError) -> LimitPlace {
        var place = LimitPlace(scope: object.scope)
        switch object {
        case .tenant(let tenant): place.tenantID = try self.tenant(tenant, nowMs: 0).id
        case .key(let prefix): place.keyID = try key(prefix: prefix).id
        case .target(let target): place.targetID = try self.target(target).id
        case .tenantTarget(let tenant, let target):
            place.tenantID = try self.tenant(tenant, nowMs: 0).id
            place.targetID = try self.target(target).id
        case .tenantTool(let tenant, let tool):
            place.tenantID = try self.tenant(tenant, nowMs: 0).id
            try checkExposedName(tool)
            place.tool = tool
        }
        return place
    }

    private borrowing func limits(
        where condition: String,
        _ values: [Value]
    ) throws(StoreError) -> [LimitRecord] {
        try rows(
            """
            SELECT usage_limit.id, scope, owner.name, tenant_key.prefix, target.name, usage_limit.tool,
                rate_permits, rate_unit, burst, day_quota, month_quota, usage_limit.created_at_ms,
                usage_limit.updated_at_ms, usage_limit.revision, day_budget_nusd, month_budget_nusd
            FROM usage_limit
                LEFT JOIN tenant_key ON tenant_key.id = usage_limit.key_id
                LEFT JOIN tenant AS owner
                    ON owner.id = coalesce(usage_limit.tenant_id, tenant_key.tenant_id)
                LEFT JOIN target ON target.id = usage_limit.target_id
            WHERE owner.removed_at_ms IS NULL AND \(condition) ORDER BY usage_limit.id
            """,
            values
        ) { row throws(StoreError) in try limitRecord(row) }
    }
}

/// The columns that say what a limit applies to.
struct LimitPlace {
    var scope: String
    var tenantID: Int64?
    var keyID: Int64?
    var targetID: Int64?
    var tool: String?
}

private func limitRecord(_ row: borrowing Row) throws(StoreError) -> LimitRecord {
    let scope = row.text(at: 1) ?? ""
    let tenant: TenantName? = row.isNull(at: 2) ? nil : try checked(TenantName(row.text(at: 2) ?? ""))
    let target: TargetName? = row.isNull(at: 4) ? nil : try checked(TargetName(row.text(at: 4) ?? ""))
    let object: LimitObject? =
        switch scope {
        case "tenant": tenant.map { .tenant($0) }
        case "key": row.text(at: 3).map { .key(prefix: $0) }
        case "target": target.map { .target($0) }
        case "tenant-target":
            tenant.flatMap { tenant in target.map { .tenantTarget(tenant, $0) } }
        case "tenant-tool":
            tenant.flatMap { tenant in
                row.text(at: 5).map { .tenantTool(tenant, exposedName: $0) }
            }
        default: nil
        }
    guard let object else {
        throw StoreError(
            .corrupt,
            "the store holds limit \(row.int64(at: 0)), of scope \(quoted(scope)), on nothing",
            hint: "restore it from a backup"
        )
    }
    return LimitRecord(
        id: row.int64(at: 0),
        object: object,
        tenant: tenant,
        rate: limitRate(row, from: 6),
        dayQuota: row.isNull(at: 9) ? nil : Int(row.int64(at: 9)),
        monthQuota: row.isNull(at: 10) ? nil : Int(row.int64(at: 10)),
        dayBudget: row.isNull(at: 14) ? nil : row.int64(at: 14),
        monthBudget: row.isNull(at: 15) ? nil : row.int64(at: 15),
        createdAtMs: row.int64(at: 11),
        updatedAtMs: row.int64(at: 12),
        revision: row.int64(at: 13)
    )
}

/// Checks for the form `<target>___<tool>`: a target's name, and a tool's of 1–256 bytes without control characters.
private func checkExposedName(_ text: String) throws(StoreError) {
    let bytes = Array(text.utf8)
    let separator = Array("___".utf8)
    let split = bytes.indices.first { bytes[$0...].starts(with: separator) }
    guard let split, split + separator.count < bytes.count,
        (try? TargetName(String(decoding: bytes[..<split], as: UTF8.self))) != nil
    else {
        throw StoreError(
            .invalid,
            "\(quoted(text)) is not a tool's name",
            hint: "give it as agents call it: target___tool"
        )
    }
    try checked(checkText(text, "the tool's name", bytes: 1...309))
}
