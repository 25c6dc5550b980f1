package import Telemetry

/// A dimension that usage is summed by.
package enum UsageDimension: String, Sendable, CaseIterable {
    case tenant, key, target, tool, outcome, hour, day, month

    package var isTime: Bool { self == .hour || self == .day || self == .month }
}

/// The figure that sums are ordered by, the greatest first.
package enum UsageSort: String, Sendable, CaseIterable {
    case calls, errors, cost, p95
    /// How much longer calls take than in the time before.
    case trend
}

/// Which calls are summed, and by what.
package struct UsageQuery: Sendable, Equatable {
    /// The dimensions, each once, in the order in which they are shown; at least one.
    package var by: [UsageDimension]
    /// Only this tenant's calls; nil for all. A removed tenant's calls are in the sums of all, under the name that it
    /// had.
    package var tenant: TenantName?
    /// Only calls with this key, by its prefix.
    package var key: String?
    /// Only this target's calls, whether it still exists or not.
    package var target: String?
    /// Only this tool's calls, by its exposed name of today.
    package var tool: String?
    package var span: UsageSpan
    /// nil for the order of the dimensions.
    package var sort: UsageSort?
    /// The most sums that are returned.
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

/// The sum of the calls with the same values in all dimensions that were asked for.
package struct UsageSum: Sendable, Equatable {
    package var by: [UsageDimension]
    /// One for each dimension: the tenant's or the target's name, the key's prefix or `tokenName`, the tool's exposed name
    /// of today, the outcome's label, the UTC hour, day or month.
    package var names: [String]
    package var figures: UsageFigures
    /// The figures in the time before: the span of the same length before the query's, or the hour, day or month
    /// before where it's summed by one. nil when there is none to compare with.
    package var before: UsageFigures?

    /// Stands for the keys of calls that were made with access tokens.
    package static let tokenName = "tokens"
    /// Stands for keys, targets and tools that weren't told apart, as there were too many.
    package static let otherName = "(other)"
    /// Stands for outcomes that weren't kept.
    package static let unknownOutcome = "unknown"

    /// All names, one after the other.
    package var name: String { names.joined(separator: " ") }

    /// nil for a dimension that wasn't asked for.
    package subscript(dimension: UsageDimension) -> String? {
        by.firstIndex(of: dimension).map { names[$0] }
    }
}

/// The sums of a query, and their total.
package struct UsageSums: Sendable, Equatable {
    package var rows: [UsageSum]
    /// The total of all calls that the query selects, including those beyond its limit.
    package var total: UsageFigures
    /// The total of the time before; nil when there is none to compare with.
    package var totalBefore: UsageFigures?
    /// Whether there are more sums than the limit.
    package var isCut: Bool
}
