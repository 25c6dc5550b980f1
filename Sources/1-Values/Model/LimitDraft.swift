import Text

/// A limit as it is requested, in texts that aren't checked yet. `none` removes a rate, a burst, a quota or a budget.
package struct LimitDraft: Sendable, Equatable {
    /// `tenant`, `key`, `target`, `tenant-target` or `tenant-tool`.
    package var scope: String
    /// `acme`, a key's prefix, `time`, `acme/time`, `acme/time___now`.
    package var name: String
    /// `50/s`.
    package var rate: String?
    /// `100`.
    package var burst: String?
    /// `100000/day`, `none/month`.
    package var quotas: [String]
    /// `50usd/month`, `none/month`.
    package var budgets: [String]

    package init(
        scope: String,
        name: String,
        rate: String? = nil,
        burst: String? = nil,
        quotas: [String] = [],
        budgets: [String] = []
    ) {
        self.scope = scope
        self.name = name
        self.rate = rate
        self.burst = burst
        self.quotas = quotas
        self.budgets = budgets
    }

    /// The object that the limit is on.
    /// - Throws: `.invalid`, which names the word that is wrong.
    package func object() throws(ModelFault) -> LimitObject {
        try LimitDraft.object(scope: scope, name: name)
    }

    /// The object that a limit of that scope and name is on.
    /// - Throws: `.invalid`, which names the word that is wrong.
    package static func object(scope: String, name: String) throws(ModelFault) -> LimitObject {
        switch scope {
        case "tenant": return .tenant(try TenantName(name))
        case "key": return .key(prefix: name)
        case "target": return .target(try TargetName(name))
        case "tenant-target":
            let (tenant, target) = try pair(name, "acme/time")
            return .tenantTarget(try TenantName(tenant), try TargetName(target))
        case "tenant-tool":
            let (tenant, tool) = try pair(name, "acme/time___now")
            return .tenantTool(try TenantName(tenant), exposedName: tool)
        default:
            throw ModelFault(
                .invalid,
                "unknown limit scope \(quoted(scope))",
                hint: "use tenant, key, target, tenant-target or tenant-tool"
            )
        }
    }

    /// The changes that the draft asks for.
    /// - Throws: `.invalid`, which names the word that is wrong.
    package func change() throws(ModelFault) -> LimitChange {
        var change = LimitChange()
        if let rate {
            if rate == "none" {
                change.rate = .clear
            } else if let parsed = RateText.parse(rate) {
                change.rate = .set(parsed)
            } else {
                throw ModelFault(
                    .invalid,
                    "\(quoted(rate)) is not a rate",
                    hint: "give a whole number and s, m or h, such as 50/s, or none"
                )
            }
        }
        if let burst {
            if burst == "none" {
                change.burst = .clear
            } else if let parsed = burst.wholeNumber {
                change.burst = .set(parsed)
            } else {
                throw ModelFault(
                    .invalid,
                    "\(quoted(burst)) is not a burst",
                    hint: "give a whole number, or none"
                )
            }
        }
        for quota in quotas { try add(quota, to: &change) }
        for budget in budgets { try add(budget: budget, to: &change) }
        return change
    }

    private func add(_ quota: String, to change: inout LimitChange) throws(ModelFault) {
        let field: LimitChange.Field<Int>
        let period: QuotaText.Period
        if let cleared = QuotaText.Period.allCases.first(where: { quota == "none/\($0.rawValue)" }) {
            (field, period) = (.clear, cleared)
        } else if let parsed = QuotaText.parse(quota) {
            (field, period) = (.set(parsed.calls), parsed.period)
        } else {
            throw ModelFault(
                .invalid,
                "\(quoted(quota)) is not a quota",
                hint: "give a whole number and day or month, such as 100000/day, or none/day"
            )
        }
        let isTaken = period == .day ? change.dayQuota != .keep : change.monthQuota != .keep
        guard !isTaken else {
            throw ModelFault(.invalid, "two quotas for one \(period.rawValue)", hint: "give one of them")
        }
        switch period {
        case .day: change.dayQuota = field
        case .month: change.monthQuota = field
        }
    }

    private func add(budget: String, to change: inout LimitChange) throws(ModelFault) {
        let field: LimitChange.Field<Int64>
        let period: QuotaText.Period
        if let cleared = QuotaText.Period.allCases.first(where: { budget == "none/\($0.rawValue)" }) {
            (field, period) = (.clear, cleared)
        } else if let parsed = BudgetText.parse(budget) {
            (field, period) = (.set(parsed.nanoUSD), parsed.period)
        } else {
            throw ModelFault(
                .invalid,
                "\(quoted(budget)) is not a budget",
                hint: "give US dollars and day or month, such as 50usd/month, or none/month"
            )
        }
        let isTaken = period == .day ? change.dayBudget != .keep : change.monthBudget != .keep
        guard !isTaken else {
            throw ModelFault(.invalid, "two budgets for one \(period.rawValue)", hint: "give one of them")
        }
        switch period {
        case .day: change.dayBudget = field
        case .month: change.monthBudget = field
        }
    }

    private static func pair(_ name: String, _ example: String) throws(ModelFault) -> (String, String) {
        guard let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            throw ModelFault(
                .invalid,
                "\(quoted(name)) has no slash",
                hint: "give the tenant, a slash and the rest, such as \(example)"
            )
        }
        return (String(name[..<slash]), String(name[name.utf8.index(after: slash)...]))
    }
}

extension String {
    /// 1 to 13 digits and nothing else.
    fileprivate var wholeNumber: Int? {
        (1...13).contains(utf8.count) && utf8.allSatisfy { $0 &- 0x30 < 10 } ? Int(self) : nil
    }
}
