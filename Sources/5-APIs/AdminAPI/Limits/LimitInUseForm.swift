import Model
package import REST
import RateLimit
import Store

/// The JSON form of a limit with how much of it is used; docs/cli-json.md describes it.
package struct LimitInUseForm: ListedForm {
    package typealias Record = LimitInUse

    package static let component: String? = "LimitInUse"
    package static let plural = "limits"
    package static let names = LimitForm.names

    package static func revision(of limit: LimitInUse) -> Int64? { limit.limit.revision }

    package let about = Included(LimitForm.self, \Record.limit)
    package let use = Member(
        "use",
        listOf: LimitUseForm.self,
        max: 5,
        summary:
            "of its rate, its quotas of the day and the month, its budgets of these: those of which it's known"
    ) { (limit: Record) in
        limit.standings.map {
            LimitUseForm.Record(standing: $0, usedUpAtMs: limit.usedUpAtMs($0), nowMs: limit.nowMs)
        }
    }
    package let useFrom = Member(
        "useFrom",
        .word(of: LimitInUse.Source.self, "who counted: the server that runs, or what one last wrote"),
        \Record.source.rawValue
    )

    package init() {}

    static let headings: [Heading] = [
        "SCOPE", Heading("NAME").whole, "LIMIT", "USED", "LEFT", Heading("USED UP").yields(.second),
        Heading("RESETS").yields(.first),
    ]

    /// One row for the limit's rate, and one for each quota and budget.
    static func rows(_ limit: Answer<LimitInUseForm>) -> [[Cell]] {
        let about = limit.about
        func row(_ text: String, _ use: Answer<LimitUseForm>?) -> [Cell] {
            func shown(_ amount: Int, _ use: Answer<LimitUseForm>) -> String {
                let isBudget = LimitStanding.Metric(rawValue: use.metric)?.isBudget ?? false
                return isBudget ? DollarText.spell(Int64(amount)) : "\(amount)"
            }
            return [
                .text(about.scope), .text(about.name), .text(text), Cell(use.map { shown($0.used, $0) }),
                Cell(use.map { shown($0.left, $0) }), use?.usedUpAtMs.map { .moment($0) } ?? .nothing,
                use.flatMap { use in use.used > 0 ? .moment(use.resetsAtMs) : nil } ?? .nothing,
            ]
        }
        func use(of metrics: LimitStanding.Metric...) -> Answer<LimitUseForm>? {
            limit.use.first { use in metrics.contains { $0.rawValue == use.metric } }
        }
        var rows: [[Cell]] = []
        if let rate = about.rate {
            let burst = about.burst.map { ", \($0) at once" } ?? ""
            rows.append(row(rate + burst, use(of: .second, .minute, .hour)))
        }
        if let quota = about.dayQuota { rows.append(row("\(quota)/day", use(of: .day))) }
        if let quota = about.monthQuota { rows.append(row("\(quota)/month", use(of: .month))) }
        if let budget = about.dayBudget {
            rows.append(row(BudgetText.spell(budget, per: .day), use(of: .dayBudget)))
        }
        if let budget = about.monthBudget {
            rows.append(row(BudgetText.spell(budget, per: .month), use(of: .monthBudget)))
        }
        return rows
    }

    /// The note for people when the figures don't come from a running server.
    static func note(_ limits: [Answer<LimitInUseForm>]) -> String? {
        guard limits.contains(where: { $0.useFrom == LimitInUse.Source.store.rawValue }) else { return nil }
        return
            "no running server was asked: what is used is what one last wrote, and of rates nothing is known; "
            + "`mcp-gateway serve` starts one"
    }
}

/// The JSON form of how much of a rate, a quota or a budget is used.
package struct LimitUseForm: Form {
    package struct Record: Sendable {
        let standing: LimitStanding
        /// Milliseconds since 1970.
        let usedUpAtMs: Int64?
        /// Milliseconds since 1970.
        let nowMs: Int64
    }

    package let metric = Member(
        "metric",
        .word(of: LimitStanding.Metric.self),
        \Record.standing.metric.rawValue
    )
    package let limit = Member(
        "limit",
        .count.described(
            "calls in the metric's period; of a budget, billionths of a US dollar, as in used and left"
        ),
        \Record.standing.limit
    )
    package let burst = Member("burst", .count.described("of a rate: calls at once"), \Record.standing.burst)
    package let used = Member(
        "used",
        .count.described(
            "of the burst, the quota or the budget, which calls under way count against with an estimate"
        ),
        \Record.standing.used
    )
    package let left = Member(
        "left",
        .count.described("calls that could be made now; of a budget, what isn't spent"),
        \Record.standing.remaining
    )
    package let resetsAtMs = Member(
        "resetsAtMs",
        .integer.described("when it is all unused again, in milliseconds since 1970")
    ) { (use: Record) in
        use.nowMs + Int64(clamping: use.standing.resetAfterNs / 1_000_000)
    }

    package let usedUpAtMs = Member(
        "usedUpAtMs",
        .integer.described(
            "when a quota or budget will be used up at the pace so far, in milliseconds since 1970; null when it lasts"
        ),
        \Record.usedUpAtMs
    )

    package init() {}
}
