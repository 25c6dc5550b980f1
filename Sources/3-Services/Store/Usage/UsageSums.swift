package import Telemetry

/// What usage is summed by.
package enum UsageDimension: String, Sendable, CaseIterable {
    case tenant, key, target, tool, outcome, hour, day, month

    package var isTime: Bool { self == .hour || self == .day || self == .month }
}

/// What the sums are ordered by, the greatest first.
package enum UsageSort: String, Sendable, CaseIterable {
    case calls, errors, cost, p95
    /// How much longer calls take than in the time before.
    case trend
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
    package var span: UsageSpan
    /// nil for the order of the dimensions.
    package var sort: UsageSort?
    /// The most sums.
    package var limit: Int

    package init(
        by: [UsageDimension],
        tenant: TenantName? = nil,
        key: String? = nil,
        target: String? = nil,
        tool: String? = nil,
        span: UsageSpan = .all(),
        sort: UsageSort? = nil,
        limit: Int = 10_000
    ) {
        self.by = by
        self.tenant = tenant
        self.key = key
        self.target = target
        self.tool = tool
        self.span = span
        self.sort = sort
        self.limit = limit
    }
}

/// The calls that agree in each dimension that was asked for.
package struct UsageSum: Sendable, Equatable {
    package var by: [UsageDimension]
    /// One for each dimension: the tenant's or the target's name, the key's prefix or `tokenName`, the tool's exposed name
    /// of today, the outcome's label, the UTC hour, day or month.
    package var names: [String]
    package var figures: UsageFigures
    /// The same in the time before: the span of the same length before the query's, or the hour, day or month before where
    /// it's summed by one. nil when there is none to compare with.
    package var before: UsageFigures?

    /// What stands for the keys of calls that were made with access tokens.
    package static let tokenName = "tokens"
    /// What stands for keys, targets and tools that weren't told apart, as there were too many.
    package static let otherName = "(other)"
    /// What stands for outcomes that weren't kept.
    package static let unknownOutcome = "unknown"

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
    /// Of all in the time before; nil when there is none to compare with.
    package var totalBefore: UsageFigures?
    /// Whether there are more than the limit.
    package var isCut: Bool
}
