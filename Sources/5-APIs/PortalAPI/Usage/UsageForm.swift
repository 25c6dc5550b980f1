import JSON
import Model
import REST
import Store
import Telemetry

/// The sums of a tenant's calls.
struct UsageReport: Sendable {
    let query: UsageQuery
    let sums: UsageSums
}

/// The JSON form of a report; docs/portal-api.md describes it.
struct UsageForm: Form {
    typealias Record = UsageReport

    let by = Member("by", .text(3...200, "the dimensions, with commas between")) { (usage: Record) in
        usage.query.by.map { $0.rawValue }.joined(separator: ",")
    }
    let since = Member("since", .text(10...17, "a UTC day, or the beginning of an hour")) { (usage: Record) in
        usage.query.span.sinceText
    }
    let until = Member(
        "until",
        .text(10...17, "a UTC day or the beginning of an hour, which is in it")
    ) { (usage: Record) in usage.query.span.untilText }
    let usage = Member("usage", listOf: UsageSumForm.self, max: 10_000, \Record.sums.rows)
    let total = Member("total", UsageFiguresForm.self, \Record.sums.total)
    let totalTrend = Member("totalTrend", UsageTrendForm.self) { (usage: Record) in
        UsageChange(now: usage.sums.total, before: usage.sums.totalBefore)
    }
    let more = Member(
        "more",
        .truth("whether there are more sums than the limit; the total has them all"),
        \Record.sums.isCut
    )
}

/// The JSON form of the sums of some calls; docs/portal-api.md describes it.
struct UsageFiguresForm: Form {
    typealias Record = UsageFigures

    static let component: String? = "UsageFigures"

    let calls = Member("calls", .count, \Record.calls)
    let errors = Member("errors", .count(0...JSONInteger.max, "of calls"), \Record.errors)
    let limited = Member(
        "limited",
        .count(0...JSONInteger.max, "turned away by a limit; not among calls"),
        \Record.limited
    )
    let durationMs = Member("durationMs", .count) { (figures: Record) in (figures.durationUs + 500) / 1_000 }
    let durationUs = Member("durationUs", .count, \Record.durationUs)
    let meanUs = Member(
        "meanUs",
        .count(0...JSONInteger.max, "of one call; null when there are none"),
        \Record.meanUs
    )
    let errorPercent = Member(
        "errorPercent",
        .count(0...100, "0 and 100 only when none or all failed; null without calls"),
        \Record.errorPercent
    )
    let p50Us = Self.quantile("p50Us", 0.5)
    let p95Us = Self.quantile("p95Us", 0.95)
    let p99Us = Self.quantile("p99Us", 0.99)
    let throttled = Member(
        "throttled",
        .count(0...JSONInteger.max, "of calls: Lambda refused them for load"),
        \Record.throttled
    )
    let reported = Member(
        "reported",
        .count(0...JSONInteger.max, "of calls: Lambda reported what they took"),
        \Record.reported
    )
    let coldStarts = Member(
        "coldStarts",
        .count(0...JSONInteger.max, "of reported"),
        \Record.coldStarts
    )
    let bytesIn = Member("bytesIn", .count, \Record.bytesIn)
    let bytesOut = Member("bytesOut", .count, \Record.bytesOut)
    let billedMs = Member("billedMs", .count(0...JSONInteger.max, "of reported"), \Record.billedMs)
    let costNanoUSD = Member(
        "costNanoUSD",
        .count(0...JSONInteger.max, "billionths of a US dollar, measured and estimated"),
        \Record.costNanoUSD
    )
    let costUSD = Member("costUSD", .text(1...30, "the same in US dollars, exact")) { (figures: Record) in
        DollarText.spell(Int64(figures.costNanoUSD))
    }
    let estimatedNanoUSD = Member(
        "estimatedNanoUSD",
        .count(0...JSONInteger.max, "what of costNanoUSD is an estimate"),
        \Record.estimatedNanoUSD
    )
    let unpriced = Member(
        "unpriced",
        .count(0...JSONInteger.max, "of calls: their cost isn't known, and in no sum"),
        \Record.unpriced
    )

    private static func quantile(_ name: String, _ quantile: Double) -> Member<Record, Int?> {
        Member(
            name,
            .count(0...JSONInteger.max, "to within 2 %; null when no function was asked"),
            { (figures: Record) in figures.durationUs(quantile: quantile) }
        )
    }
}

/// Figures, and those of the preceding period.
struct UsageChange: Sendable {
    let now: UsageFigures
    let before: UsageFigures?
}

/// The JSON form of the change of figures; all null when there is no preceding period.
struct UsageTrendForm: Form {
    typealias Record = UsageChange

    static let component: String? = "UsageTrend"

    let callsBefore = Member("callsBefore", .count, \Record.before?.calls)
    let errorsBefore = Member("errorsBefore", .count, \Record.before?.errors)
    let costNanoUSDBefore = Member("costNanoUSDBefore", .count, \Record.before?.costNanoUSD)
    let p95UsBefore = Member("p95UsBefore", .count) { (change: Record) in
        change.before?.durationUs(quantile: 0.95)
    }
    let callsTrendPercent = Self.trend("callsTrendPercent") { $0.calls }
    let costTrendPercent = Self.trend("costTrendPercent") { $0.costNanoUSD }
    let p95TrendPercent = Self.trend("p95TrendPercent") { $0.durationUs(quantile: 0.95) }

    private static func trend(
        _ name: String,
        _ figure: @escaping @Sendable (UsageFigures) -> Int?
    ) -> Member<Record, Int?> {
        Member(
            name,
            .count(-100...1_000_000, "how much more than before; null when it can't be told"),
            { (change: Record) in
                UsageTrend(from: change.before.flatMap(figure), to: figure(change.now))?.percent
            }
        )
    }
}

struct UsageSumForm: Form {
    typealias Record = UsageSum

    let name = Member("name", .text(0...2_048, "the names below, with spaces between"), \Record.name)
    let key = Self.member(.key, "its prefix, or `\(UsageSum.tokenName)`")
    let target = Self.member(.target, "as it was called then")
    let tool = Self.member(.tool, "target___tool, as agents say it now")
    let outcome = Self.member(.outcome, "how calls ended, such as ok or timed_out")
    let hour = Self.member(.hour, "UTC, its beginning")
    let day = Self.member(.day, "UTC")
    let month = Self.member(.month, "UTC")
    let figures = Included(UsageFiguresForm.self, \Record.figures)
    let trend = Included(UsageTrendForm.self) { (sum: Record) in
        UsageChange(now: sum.figures, before: sum.before)
    }

    private static func member(_ dimension: UsageDimension, _ summary: String) -> Member<Record, String?> {
        Member(
            dimension.rawValue,
            Coding.text(0...1_024, "\(summary); null unless it's summed by"),
            { (sum: Record) in sum[dimension] }
        )
    }
}
