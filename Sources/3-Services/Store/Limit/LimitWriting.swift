import JSON
import Policy
import Database
import Text

extension WriteTransaction {
    /// Makes a limit on the object, or changes the present one, which keeps its id and its counters.
    ///
    /// Does nothing when the limit has these figures already.
    /// - Parameter ifRevision: the revision that the change is based on; 0 for a limit that isn't there yet.
    /// - Throws: `.notFound` for the object; `.stale` when `ifRevision` isn't the limit's; `.invalid` for figures out
    ///   of bounds (permits and burst 1…1,000,000, quotas 0…10¹², budgets up to 250,000 USD) or a limit that would
    ///   limit nothing.
    @discardableResult
    package borrowing func setLimit(
        _ object: LimitObject,
        _ change: LimitChange,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> LimitRecord {
        let place = try reading.place(of: object)
        let before = try reading.limit(on: place)
        try checkRevision(ifRevision, is: before?.revision ?? 0, of: described(object))
        let rate = try checked(change.rate(after: before?.rate))
        let (day, month) = try checked(change.quotas(after: before))
        let (dayBudget, monthBudget) = try checked(change.budgets(after: before))
        guard rate != nil || day != nil || month != nil || dayBudget != nil || monthBudget != nil else {
            throw StoreError(
                .invalid,
                "\(described(object)) would limit nothing",
                hint: before == nil
                    ? "give a rate, such as 50/s, a quota, such as 100000/day, or a budget, such as 50usd/month"
                    : "leave something, or remove the limit"
            )
        }
        if let before, before.rate == rate, before.dayQuota == day, before.monthQuota == month,
            before.dayBudget == dayBudget, before.monthBudget == monthBudget
        {
            return before
        }
        let figures: [Value] = [
            Value(rate?.permits), Value(rate?.unit.rawValue), Value(rate?.burst), Value(day), Value(month),
            Value(dayBudget), Value(monthBudget),
        ]
        let now = clock()
        let id: Int64
        if let before {
            id = before.id
            try run(
                """
                UPDATE usage_limit SET rate_permits = ?, rate_unit = ?, burst = ?, day_quota = ?, month_quota = ?,
                    day_budget_nusd = ?, month_budget_nusd = ?, updated_at_ms = ?, revision = revision + 1
                WHERE id = ?
                """,
                figures + [.integer(now), .integer(id)]
            )
        } else {
            id = try insert(
                """
                INSERT INTO usage_limit (rate_permits, rate_unit, burst, day_quota, month_quota, day_budget_nusd,
                    month_budget_nusd, scope, tenant_id, key_id, target_id, tool, created_at_ms, updated_at_ms)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
                """,
                figures + [
                    .text(place.scope), Value(place.tenantID), Value(place.keyID), Value(place.targetID),
                    Value(place.tool), .integer(now), .integer(now),
                ]
            )
        }
        let after = try reading.limit(id)
        try audit(
            "limit.set",
            "limit:\(id)",
            tenant: after.tenant?.text,
            before: before.map { auditView($0) },
            after: auditView(after)
        )
        return after
    }

    /// Removes a limit with its counters.
    /// - Throws: `.notFound`; `.stale` when `ifRevision` isn't the limit's.
    @discardableResult
    package borrowing func removeLimit(
        _ id: Int64,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> LimitRecord {
        let found = try reading.limit(id)
        try checkRevision(ifRevision, is: found.revision, of: described(found.object))
        try run("DELETE FROM usage_limit WHERE id = ?", [.integer(id)])
        try audit(
            "limit.remove",
            "limit:\(id)",
            tenant: found.tenant?.text,
            before: auditView(found)
        )
        return found
    }

    /// Removes the limit on that object, with its counters.
    /// - Throws: `.notFound` for the object, or when there is no limit on it.
    @discardableResult
    package borrowing func removeLimit(
        on object: LimitObject,
        ifRevision: Int64? = nil
    ) throws(StoreError) -> LimitRecord {
        guard let found = try reading.limit(on: object) else {
            throw StoreError(
                .notFound,
                "there is no limit on \(object.scope) \(quoted(object.name))",
                hint: "the list of limits shows them"
            )
        }
        return try removeLimit(found.id, ifRevision: ifRevision)
    }
}

private func described(_ object: LimitObject) -> String {
    "the limit on \(object.scope) \(quoted(object.name))"
}

private func auditView(_ limit: LimitRecord) -> JSONValue {
    [
        "scope": .string(limit.object.scope),
        "name": .string(limit.object.name),
        "rate": limit.rate.map { .string("\($0.permits)/\($0.unit.rawValue)") } ?? .null,
        "burst": limit.rate.map { .int($0.burst) } ?? .null,
        "dayQuota": limit.dayQuota.map { .int($0) } ?? .null,
        "monthQuota": limit.monthQuota.map { .int($0) } ?? .null,
        "dayBudget": limit.dayBudget.map { .string(DollarText.spell($0) + " USD") } ?? .null,
        "monthBudget": limit.monthBudget.map { .string(DollarText.spell($0) + " USD") } ?? .null,
    ]
}
