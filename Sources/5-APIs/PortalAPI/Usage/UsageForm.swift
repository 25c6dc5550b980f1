import REST
import Store

/// What a tenant's calls sum up to.
struct UsageReport: Sendable {
    let grouping: UsageGrouping
    /// A UTC day; nil for all that is kept.
    let since: String?
    let sums: [UsageSum]
}

/// How a report looks; docs/portal-api.md has the words.
struct UsageForm: Form {
    typealias Record = UsageReport

    let by = Member("by", .groupingWord, \Record.grouping.rawValue)
    let since = Member("since", .text(10...10), \Record.since)
    let usage = Member("usage", listOf: UsageSumForm.self, max: 10_000, \Record.sums)
}

struct UsageSumForm: Form {
    typealias Record = UsageSum

    let name = Member("name", .text(0...1_024, "a target, target___tool, or a day"), \Record.name)
    let calls = Member("calls", .count, \Record.calls)
    let errors = Member("errors", .count.described("of calls"), \Record.errors)
    let limited = Member(
        "limited",
        .count.described("turned away by a limit; not among calls"),
        \Record.limited
    )
    let durationMs = Member("durationMs", .count, \Record.durationMs)
}

extension Coding where Value == String {
    /// The words of groupings: all but tenants, as there is one here.
    fileprivate static var groupingWord: Coding {
        .oneOf(UsageGrouping.allCases.filter { $0 != .tenant }.map { $0.rawValue })
    }
}

extension Coding where Value == UsageGrouping {
    static var grouping: Coding {
        Coding<String>.groupingWord.map(
            write: { $0.rawValue },
            read: { text throws(Problem) in UsageGrouping(rawValue: text) }
        )
    }
}
