import HTTP
import JSON
package import REST
package import Store

/// `/usage`: sums of calls.
package enum Usages {
    static let all: [any AnyOperation<Services>] = [sums]

    /// What calls are summed by.
    package static let dimensions = UsageDimension.allCases.map { $0.rawValue }

    package struct SumArguments: Arguments {
        package let by = Argument.query(
            "by",
            .wordList(of: dimensions, query: "by"),
            "one dimension or several with commas between, such as tenant,tool; tenant when left out"
        )
        package let since = Argument.query(
            "since",
            .day("since"),
            "from this UTC day on, such as 2026-11-21"
        )
        package let until = Argument.query("until", .day("until"), "up to this UTC day and with it")
        package let tenant = Argument.query("tenant", .tenant(.anyName), "only this tenant's")
        package let key = Argument.query(
            "key",
            .anyName,
            "only this key's, by its prefix; `\(UsageSum.tokenName)` for calls with access tokens"
        )
        package let target = Argument.query("target", .anyName, "only this target's")
        package let tool = Argument.query("tool", .anyName, "only this tool's, by its exposed name")
        package let limit = Argument.query(
            "limit",
            .count(1...10_000),
            "how many at most; 1000 when left out"
        )

        package init() {}
    }

    package static let sums = AdminOperation(
        .get,
        "/usage",
        id: "usage",
        "Sums calls by tenant, key, target, tool, UTC day or month, or by several of these.",
        takes: SumArguments.self,
        answers: UsageForm.self,
        problems: [.notFound],
        verb: .own("usage")
    ) { call throws(Problem) in
        let query = UsageQuery(
            by: (call.by ?? []).compactMap { UsageDimension(rawValue: $0) }.orTenant,
            tenant: call.tenant,
            key: call.key,
            target: call.target,
            tool: call.tool,
            sinceDay: call.since,
            untilDay: call.until,
            limit: call.limit ?? 1_000
        )
        try checkDays(since: call.since, until: call.until)
        let sums = try await call.read { reading throws(StoreError) in try reading.usage(query) }
        // Of nothing there are no sums; a word that names nothing is told so.
        if sums.rows.isEmpty { try await call.checkNames() }
        return UsageForm.Record(query: query, sums: sums)
    }
}

extension [UsageDimension] {
    fileprivate var orTenant: [UsageDimension] { isEmpty ? [.tenant] : self }
}

extension AdminCall<Usages.SumArguments> {
    /// - Throws: `.notFound` for a target or a tool that isn't there.
    fileprivate func checkNames() async throws(Problem) {
        let (tool, target): (String?, String?) = (self.tool, self.target)
        if let tool { _ = try await listedTool(tool) }
        guard let name = target else { return }
        try await read { reading throws(StoreError) in _ = try reading.target(try checked(TargetName(name))) }
    }
}

package struct UsageForm: Form {
    package struct Record: Sendable {
        let query: UsageQuery
        let sums: UsageSums
    }

    let by = Member("by", .text(3...200, "the dimensions, with commas between")) { (usage: Record) in
        usage.query.by.map { $0.rawValue }.joined(separator: ",")
    }
    let since = Member("since", .text(10...10, "a UTC day"), \Record.query.sinceDay)
    let until = Member("until", .text(10...10, "a UTC day, which is in it"), \Record.query.untilDay)
    package let usage = Member("usage", listOf: UsageSumForm.self, \Record.sums.rows)
    package let total = Member("total", UsageFiguresForm.self, \Record.sums.total)
    package let more = Member(
        "more",
        .truth("whether there are more sums than the limit; the total has them all"),
        \Record.sums.isCut
    )

    package init() {}
}

/// What some calls sum up to; docs/cli-json.md has the words.
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

    package init() {}
}

package struct UsageSumForm: Form {
    package typealias Record = UsageSum

    package let name = Member("name", .text(0...2_048, "the names below, with spaces between"), \Record.name)
    package let tenant = Self.member(.tenant, "also one that was removed")
    package let key = Self.member(.key, "its prefix, or `\(UsageSum.tokenName)`")
    package let target = Self.member(.target, "as it was called then")
    package let tool = Self.member(.tool, "target___tool, as agents say it now")
    package let day = Self.member(.day, "UTC")
    package let month = Self.member(.month, "UTC")
    package let figures = Included(UsageFiguresForm.self, \Record.figures)

    package init() {}

    private static func member(_ dimension: UsageDimension, _ summary: String) -> Member<Record, String?> {
        Member(
            dimension.rawValue,
            Coding.text(0...1_024, "\(summary); null unless it's summed by"),
            { (sum: Record) in sum[dimension] }
        )
    }
}
