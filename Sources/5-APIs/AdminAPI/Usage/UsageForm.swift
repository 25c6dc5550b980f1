import JSON
import Model
package import REST
package import Store
package import Telemetry

package struct UsageForm: Form {
    package struct Record: Sendable {
        let query: UsageQuery
        let sums: UsageSums
    }

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
    package let usage = Member("usage", listOf: UsageSumForm.self, \Record.sums.rows)
    package let total = Member("total", UsageFiguresForm.self, \Record.sums.total)
    package let totalTrend = Member("totalTrend", UsageTrendForm.self) { (usage: Record) in
        UsageChange(now: usage.sums.total, before: usage.sums.totalBefore)
    }
    package let more = Member(
        "more",
        .truth("whether there are more sums than the limit; the total has them all"),
        \Record.sums.isCut
    )

    package init() {}
}

/// The JSON form of the sums of some calls; docs/cli-json.md describes it.
package struct UsageFiguresForm: Form {
    package typealias Record = UsageFigures

    package static let component: String? = "UsageFigures"

    package let calls = Member("calls", .count, \Record.calls)
    package let errors = Member("errors", .count(0...JSONInteger.max, "of calls"), \Record.errors)
    package let limited = Member(
        "limited",
        .count(0...JSONInteger.max, "turned away by a limit; not among calls"),
        \Record.limited
    )
    let durationMs = Member("durationMs", .count) { (figures: Record) in (figures.durationUs + 500) / 1_000 }
    package let durationUs = Member("durationUs", .count, \Record.durationUs)
    package let meanUs = Member(
        "meanUs",
        .count(0...JSONInteger.max, "of one call; null when there are none"),
        \Record.meanUs
    )
    package let errorPercent = Member(
        "errorPercent",
        .count(0...100, "0 and 100 only when none or all failed; null without calls"),
        \Record.errorPercent
    )
    package let p50Us = Self.quantile("p50Us", 0.5)
    package let p95Us = Self.quantile("p95Us", 0.95)
    package let p99Us = Self.quantile("p99Us", 0.99)
    package let throttled = Member(
        "throttled",
        .count(0...JSONInteger.max, "of calls: Lambda refused them for load"),
        \Record.throttled
    )
    package let reported = Member(
        "reported",
        .count(0...JSONInteger.max, "of calls: Lambda reported what they took"),
        \Record.reported
    )
    package let coldStarts = Member(
        "coldStarts",
        .count(0...JSONInteger.max, "of reported"),
        \Record.coldStarts
    )
    package let bytesIn = Member("bytesIn", .count, \Record.bytesIn)
    package let bytesOut = Member("bytesOut", .count, \Record.bytesOut)
    package let billedMs = Member("billedMs", .count(0...JSONInteger.max, "of reported"), \Record.billedMs)
    package let costNanoUSD = Member(
        "costNanoUSD",
        .count(0...JSONInteger.max, "billionths of a US dollar, measured and estimated"),
        \Record.costNanoUSD
    )
    package let costUSD = Member("costUSD", .text(1...30, "the same in US dollars, exact")) {
        (figures: Record) in
        DollarText.spell(Int64(figures.costNanoUSD))
    }
    package let estimatedNanoUSD = Member(
        "estimatedNanoUSD",
        .count(0...JSONInteger.max, "what of costNanoUSD is an estimate"),
        \Record.estimatedNanoUSD
    )
    package let unpriced = Member(
        "unpriced",
        .count(0...JSONInteger.max, "of calls: their cost isn't known, and in no sum"),
        \Record.unpriced
    )

    package init() {}

    private static func quantile(_ name: String, _ quantile: Double) -> Member<Record, Int?> {
        Member(
            name,
            .count(0...JSONInteger.max, "to within 2 %; null when no function was asked"),
            { (figures: Record) in figures.durationUs(quantile: quantile) }
        )
    }
}

/// Figures, and those of the preceding period.
package struct UsageChange: Sendable {
    let now: UsageFigures
    let before: UsageFigures?
}

/// The JSON form of the change of figures; all null when there is no preceding period.
package struct UsageTrendForm: Form {
    package typealias Record = UsageChange

    package static let component: String? = "UsageTrend"

    package let callsBefore = Member("callsBefore", .count, \Record.before?.calls)
    package let errorsBefore = Member("errorsBefore", .count, \Record.before?.errors)
    package let costNanoUSDBefore = Member("costNanoUSDBefore", .count, \Record.before?.costNanoUSD)
    package let p95UsBefore = Member("p95UsBefore", .count) { (change: Record) in
        change.before?.durationUs(quantile: 0.95)
    }
    package let callsTrendPercent = Self.trend("callsTrendPercent") { $0.calls }
    package let costTrendPercent = Self.trend("costTrendPercent") { $0.costNanoUSD }
    package let p95TrendPercent = Self.trend("p95TrendPercent") { $0.durationUs(quantile: 0.95) }

    package init() {}

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

package struct UsageSumForm: Form {
    package typealias Record = UsageSum

    package let name = Member("name", .text(0...2_048, "the names below, with spaces between"), \Record.name)
    package let tenant = Self.member(.tenant, "also one that was removed")
    package let key = Self.member(.key, "its prefix, or `\(UsageSum.tokenName)`")
    package let target = Self.member(.target, "as it was called then")
    package let tool = Self.member(.tool, "target___tool, as agents say it now")
    package let outcome = Self.member(.outcome, "how calls ended, such as ok or timed_out")
    package let hour = Self.member(.hour, "UTC, its beginning")
    package let day = Self.member(.day, "UTC")
    package let month = Self.member(.month, "UTC")
    package let figures = Included(UsageFiguresForm.self, \Record.figures)
    package let trend = Included(UsageTrendForm.self) { (sum: Record) in
        UsageChange(now: sum.figures, before: sum.before)
    }

    package init() {}

    private static func member(_ dimension: UsageDimension, _ summary: String) -> Member<Record, String?> {
        Member(
            dimension.rawValue,
            Coding.text(0...1_024, "\(summary); null unless it's summed by"),
            { (sum: Record) in sum[dimension] }
        )
    }
}
