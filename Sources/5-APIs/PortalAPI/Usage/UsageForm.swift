import REST
import Store

/// What a tenant's calls sum up to.
struct UsageReport: Sendable {
    let query: UsageQuery
    let sums: UsageSums
}

/// How a report looks; docs/portal-api.md has the words.
struct UsageForm: Form {
    typealias Record = UsageReport

    let by = Member("by", .text(3...200, "the dimensions, with commas between")) { (usage: Record) in
        usage.query.by.map { $0.rawValue }.joined(separator: ",")
    }
    let since = Member("since", .text(10...10), \Record.query.sinceDay)
    let until = Member("until", .text(10...10), \Record.query.untilDay)
    let usage = Member("usage", listOf: UsageSumForm.self, max: 10_000, \Record.sums.rows)
    let total = Member("total", UsageFiguresForm.self, \Record.sums.total)
    let more = Member(
        "more",
        .truth("whether there are more sums than the limit; the total has them all"),
        \Record.sums.isCut
    )
}

struct UsageFiguresForm: Form {
    typealias Record = UsageFigures

    static let component: String? = "UsageFigures"

    let calls = Member("calls", .count, \Record.calls)
    let errors = Member("errors", .count.described("of calls"), \Record.errors)
    let limited = Member(
        "limited",
        .count.described("turned away by a limit; not among calls"),
        \Record.limited
    )
    let durationMs = Member("durationMs", .count) { (figures: Record) in (figures.durationUs + 500) / 1_000 }
    let meanUs = Member("meanUs", .count.described("of one call; null when there are none"), \Record.meanUs)
}

struct UsageSumForm: Form {
    typealias Record = UsageSum

    let name = Member("name", .text(0...2_048, "the names below, with spaces between"), \Record.name)
    let key = Self.member(.key, "its prefix, or `\(UsageSum.tokenName)`")
    let target = Self.member(.target, "as it was called then")
    let tool = Self.member(.tool, "target___tool")
    let day = Self.member(.day, "UTC")
    let month = Self.member(.month, "UTC")
    let figures = Included(UsageFiguresForm.self, \Record.figures)

    private static func member(_ dimension: UsageDimension, _ summary: String) -> Member<Record, String?> {
        Member(
            dimension.rawValue,
            Coding.text(0...1_024, "\(summary); null unless it's summed by"),
            { (sum: Record) in sum[dimension] }
        )
    }
}
