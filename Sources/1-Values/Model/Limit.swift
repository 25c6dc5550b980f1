package import Policy

/// The object whose calls a limit counts together, by the names that people use.
package enum LimitObject: Sendable, Hashable {
    case tenant(TenantName)
    case key(prefix: String)
    case target(TargetName)
    case tenantTarget(TenantName, TargetName)
    /// The tool as agents call it, `<target>___<tool>`; it need not exist.
    case tenantTool(TenantName, exposedName: String)

    /// `tenant`, `key`, `target`, `tenant-target`, `tenant-tool`.
    package var scope: String {
        switch self {
        case .tenant: "tenant"
        case .key: "key"
        case .target: "target"
        case .tenantTarget: "tenant-target"
        case .tenantTool: "tenant-tool"
        }
    }

    /// `acme`, `k3y9prefx`, `acme/time`, `acme/time___now`.
    package var name: String {
        switch self {
        case .tenant(let tenant): tenant.text
        case .key(let prefix): prefix
        case .target(let target): target.text
        case .tenantTarget(let tenant, let target): "\(tenant)/\(target)"
        case .tenantTool(let tenant, let tool): "\(tenant)/\(tool)"
        }
    }
}

/// A limit as it is stored.
package struct LimitRecord: Sendable, Equatable {
    /// Stays the same when the limit is changed, so that the counts stay too.
    package var id: Int64
    package var object: LimitObject
    /// The tenant whose calls it counts; for a key its owner, `nil` for a target as a whole.
    package var tenant: TenantName?
    package var rate: LimitEntry.Rate?
    /// Calls per UTC day.
    package var dayQuota: Int?
    /// Calls per UTC month.
    package var monthQuota: Int?
    /// Billionths of a US dollar per UTC day.
    package var dayBudget: Int64?
    /// Billionths of a US dollar per UTC month.
    package var monthBudget: Int64?
    package var createdAtMs: Int64
    package var updatedAtMs: Int64
    /// Counts changes, for conditional updates.
    package var revision: Int64

    package init(
        id: Int64,
        object: LimitObject,
        tenant: TenantName? = nil,
        rate: LimitEntry.Rate? = nil,
        dayQuota: Int? = nil,
        monthQuota: Int? = nil,
        dayBudget: Int64? = nil,
        monthBudget: Int64? = nil,
        createdAtMs: Int64,
        updatedAtMs: Int64,
        revision: Int64
    ) {
        self.id = id
        self.object = object
        self.tenant = tenant
        self.rate = rate
        self.dayQuota = dayQuota
        self.monthQuota = monthQuota
        self.dayBudget = dayBudget
        self.monthBudget = monthBudget
        self.createdAtMs = createdAtMs
        self.updatedAtMs = updatedAtMs
        self.revision = revision
    }
}

/// The changes to make to a limit.
package struct LimitChange: Sendable, Equatable {
    package enum Field<Value: Sendable & Equatable>: Sendable, Equatable {
        case keep
        case set(Value)
        case clear

        package func applied(to old: Value?) -> Value? {
            switch self {
            case .keep: old
            case .set(let value): value
            case .clear: nil
            }
        }
    }

    /// Permits per unit of time.
    package struct Rate: Sendable, Equatable {
        package var permits: Int
        package var unit: LimitEntry.Rate.Unit

        package init(permits: Int, per unit: LimitEntry.Rate.Unit) {
            self.permits = permits
            self.unit = unit
        }
    }

    /// The rate. Clearing it clears the burst too.
    package var rate: Field<Rate>
    /// How many permits may be taken at once. Cleared, or never set: as many as the rate's permits.
    package var burst: Field<Int>
    package var dayQuota: Field<Int>
    package var monthQuota: Field<Int>
    /// Billionths of a US dollar.
    package var dayBudget: Field<Int64>
    package var monthBudget: Field<Int64>

    package init(
        rate: Field<Rate> = .keep,
        burst: Field<Int> = .keep,
        dayQuota: Field<Int> = .keep,
        monthQuota: Field<Int> = .keep,
        dayBudget: Field<Int64> = .keep,
        monthBudget: Field<Int64> = .keep
    ) {
        self.rate = rate
        self.burst = burst
        self.dayQuota = dayQuota
        self.monthQuota = monthQuota
        self.dayBudget = dayBudget
        self.monthBudget = monthBudget
    }

    /// The rate after the change. A burst that was never chosen equals the permits, and follows them.
    ///
    /// - Throws: `.invalid` for a burst without a rate, or figures out of bounds.
    package func rate(after old: LimitEntry.Rate?) throws(ModelFault) -> LimitEntry.Rate? {
        let kept = old.map { Rate(permits: $0.permits, per: $0.unit) }
        guard let rate = rate.applied(to: kept) else {
            if case .set = burst {
                throw ModelFault(
                    .invalid,
                    "a burst without a rate",
                    hint: "give the rate too, such as 50/s"
                )
            }
            return nil
        }
        let chosen = old.flatMap { $0.burst == $0.permits ? nil : $0.burst }
        let burst = burst.applied(to: chosen) ?? rate.permits
        try checkLimitFigure(rate.permits, "the rate", 1...1_000_000)
        try checkLimitFigure(burst, "the burst", 1...1_000_000)
        return LimitEntry.Rate(permits: rate.permits, per: rate.unit, burst: burst)
    }

    /// The quotas after the change.
    /// - Throws: `.invalid` for figures out of bounds.
    package func quotas(
        after old: LimitRecord?
    ) throws(ModelFault) -> (day: Int?, month: Int?) {
        let day = dayQuota.applied(to: old?.dayQuota)
        let month = monthQuota.applied(to: old?.monthQuota)
        if let day { try checkLimitFigure(day, "the quota for a day", 0...1_000_000_000_000) }
        if let month { try checkLimitFigure(month, "the quota for a month", 0...1_000_000_000_000) }
        return (day, month)
    }

    /// The budgets after the change.
    /// - Throws: `.invalid` for amounts out of bounds.
    package func budgets(
        after old: LimitRecord?
    ) throws(ModelFault) -> (day: Int64?, month: Int64?) {
        let day = dayBudget.applied(to: old?.dayBudget)
        let month = monthBudget.applied(to: old?.monthBudget)
        if let day { try checkBudget(day, "day") }
        if let month { try checkBudget(month, "month") }
        return (day, month)
    }
}

private func checkBudget(_ nanoUSD: Int64, _ period: String) throws(ModelFault) {
    guard BudgetText.bounds.contains(nanoUSD) else {
        let most = DollarText.spell(BudgetText.bounds.upperBound)
        throw ModelFault(
            .invalid,
            "the budget for a \(period) is \(DollarText.spell(nanoUSD)) USD",
            hint: nanoUSD == 0
                ? "a quota of 0 refuses every call: --quota 0/\(period)"
                : "more than 0 and up to \(most) are allowed"
        )
    }
}

private func checkLimitFigure(
    _ figure: Int,
    _ field: String,
    _ bounds: ClosedRange<Int>
) throws(ModelFault) {
    guard bounds.contains(figure) else {
        throw ModelFault(
            .invalid,
            "\(field) is \(figure)",
            hint: "\(bounds.lowerBound) to \(bounds.upperBound) are allowed"
        )
    }
}
