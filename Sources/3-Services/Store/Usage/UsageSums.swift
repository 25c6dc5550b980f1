/// What usage is summed by.
package enum UsageDimension: String, Sendable, CaseIterable {
    case tenant, key, target, tool, day, month
}

/// Which calls are summed, and by what.
package struct UsageQuery: Sendable, Equatable {
    /// The dimensions, each once, in the order in which they are shown; at least one.
    package var by: [UsageDimension]
    /// Of this one alone. A removed tenant's calls are in the other sums, under the name that it had.
    package var tenant: TenantName?
    /// Of this one alone, by its prefix.
    package var key: String?
    /// Of this one alone, whether it's there still or not.
    package var target: String?
    /// Of this one alone, by its exposed name of today.
    package var tool: String?
    /// From this UTC day on, `2026-11-21`.
    package var sinceDay: String?
    /// Up to this UTC day and with it.
    package var untilDay: String?
    /// The most sums.
    package var limit: Int

    package init(
        by: [UsageDimension],
        tenant: TenantName? = nil,
        key: String? = nil,
        target: String? = nil,
        tool: String? = nil,
        sinceDay: String? = nil,
        untilDay: String? = nil,
        limit: Int = 10_000
    ) {
        self.by = by
        self.tenant = tenant
        self.key = key
        self.target = target
        self.tool = tool
        self.sinceDay = sinceDay
        self.untilDay = untilDay
        self.limit = limit
    }
}

/// What some calls sum up to.
package struct UsageFigures: Sendable, Equatable {
    package var calls = 0
    /// Of `calls`.
    package var errors = 0
    /// Turned away by a limit; not among `calls`.
    package var limited = 0
    /// Of all calls together, in microseconds.
    package var durationUs = 0

    package init() {}

    /// Of one call, in microseconds, rounded; nil without calls.
    package var meanUs: Int? { calls > 0 ? (durationUs + calls / 2) / calls : nil }
}

/// The calls that agree in each dimension that was asked for.
package struct UsageSum: Sendable, Equatable {
    package var by: [UsageDimension]
    /// One for each dimension: the tenant's or the target's name, the key's prefix or `tokenName`, the tool's exposed name
    /// of today, the UTC day or month.
    package var names: [String]
    package var figures: UsageFigures

    /// What stands for the keys of calls that were made with access tokens.
    package static let tokenName = "tokens"

    /// All of them, one after the other.
    package var name: String { names.joined(separator: " ") }

    /// nil for a dimension that wasn't asked for.
    package subscript(dimension: UsageDimension) -> String? {
        by.firstIndex(of: dimension).map { names[$0] }
    }
}

/// The sums of a query, and what all of them come to.
package struct UsageSums: Sendable, Equatable {
    package var rows: [UsageSum]
    /// Of all that the query selects, also of what is more than its limit.
    package var total: UsageFigures
    /// Whether there are more than the limit.
    package var isCut: Bool
}
