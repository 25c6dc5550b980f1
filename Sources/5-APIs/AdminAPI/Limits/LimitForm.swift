import Control
import Policy
package import REST
package import Store

/// The JSON form of a limit; docs/cli-json.md describes it.
package struct LimitForm: ListedForm {
    package typealias Record = LimitRecord

    package static let component: String? = "Limit"
    package static let plural = "limits"
    package static let names = ["scope", "name"]

    package static func revision(of limit: LimitRecord) -> Int64? { limit.revision }

    package let id = Member("id", .id, \Record.id)
    package let scope = Member("scope", .oneOf(Limits.scopes), \Record.object.scope)
    package let name = Member("name", .text(1...512), \Record.object.name)
    let tenant = Member(
        "tenant",
        .text(1...50, "whose calls it counts; null for a target as a whole"),
        \Record.tenant?.text
    )
    package let rate = Member(
        "rate",
        .text(3...20, "permits per second, minute or hour, such as 50/s"),
        { (limit: Record) in limit.rate.map { RateText.spell($0) } }
    )
    package let burst = Member("burst", .count(1...1_000_000, "permits at once"), \Record.rate?.burst)
    package let dayQuota = Member("dayQuota", .quota("day"), \Record.dayQuota)
    package let monthQuota = Member("monthQuota", .quota("month"), \Record.monthQuota)
    package let dayBudget = Member("dayBudgetNanoUSD", .budget("day"), \Record.dayBudget)
    package let monthBudget = Member("monthBudgetNanoUSD", .budget("month"), \Record.monthBudget)
    let createdAtMs = Member("createdAtMs", .moment, \Record.createdAtMs)
    let updatedAtMs = Member("updatedAtMs", .moment, \Record.updatedAtMs)
    let revision = Member("revision", .integer, \Record.revision)

    package init() {}

    /// The limit's figures as a text, such as `50/s with burst 100, 100000/day, 50usd/month`.
    package static func figures(_ limit: Answer<LimitForm>) -> String {
        var parts: [String] = []
        if let rate = limit.rate { parts.append("\(rate) with burst \(limit.burst.map { "\($0)" } ?? rate)") }
        if let day = limit.dayQuota { parts.append("\(day)/day") }
        if let month = limit.monthQuota { parts.append("\(month)/month") }
        if let day = limit.dayBudget { parts.append(BudgetText.spell(day, per: .day)) }
        if let month = limit.monthBudget { parts.append(BudgetText.spell(month, per: .month)) }
        return parts.joined(separator: ", ")
    }
}

/// The figures of a limit, also for a new key's own limit.
package struct LimitFigures: Arguments {
    package let rate = Argument.change("rate", .rate)
    package let burst = Argument.change(
        "burst",
        .count(1...1_000_000, "permits at once; the rate's when left out")
    )
    package let dayQuota = Argument.change("dayQuota", .quota("day"))
    package let monthQuota = Argument.change("monthQuota", .quota("month"))
    package let dayBudget = Argument.change("dayBudgetNanoUSD", .budget("day"))
    package let monthBudget = Argument.change("monthBudgetNanoUSD", .budget("month"))

    package init() {}
}

extension Coding where Value == Int {
    fileprivate static func quota(_ period: String) -> Coding {
        .count(0...1_000_000_000_000, "calls per \(period), UTC")
    }
}

extension Coding where Value == Int64 {
    fileprivate static func budget(_ period: String) -> Coding {
        Coding<Int>.count(
            Int(BudgetText.bounds.lowerBound)...Int(BudgetText.bounds.upperBound),
            "what calls may cost per \(period), UTC, in billionths of a US dollar"
        ).map(write: { Int($0) }, read: { (amount) throws(Problem) in Int64(amount) })
    }
}

extension Coding where Value == LimitChange.Rate {
    fileprivate static var rate: Coding {
        Coding<String>.text(3...20, pattern: "^[1-9][0-9]{0,6}/(s|m|h|second|minute|hour)$").map(
            write: { "\($0.permits)/\($0.unit)" },
            read: { text throws(Problem) in
                if let rate = RateText.parse(text) { return rate }
                throw Problem(
                    .invalid,
                    "this is not a rate",
                    hint: "give a whole number and s, m or h, such as 50/s"
                )
            }
        )
    }
}

extension LimitChange {
    /// The change that a request describes: null removes a figure, and a missing one stays as it is.
    init(_ figures: Values<LimitFigures>) {
        self.init(
            rate: Field(figures.rate),
            burst: Field(figures.burst),
            dayQuota: Field(figures.dayQuota),
            monthQuota: Field(figures.monthQuota),
            dayBudget: Field(figures.dayBudget),
            monthBudget: Field(figures.monthBudget)
        )
    }

    /// Whether the change sets any figure.
    var setsAnything: Bool {
        func sets<Value>(_ field: Field<Value>) -> Bool {
            if case .set = field { true } else { false }
        }
        return sets(rate) || sets(burst) || sets(dayQuota) || sets(monthQuota) || sets(dayBudget)
            || sets(monthBudget)
    }
}

extension LimitChange.Field {
    fileprivate init(_ change: Change<Value>) {
        self =
            switch change {
            case .keep: .keep
            case .clear: .clear
            case .set(let value): .set(value)
            }
    }
}
