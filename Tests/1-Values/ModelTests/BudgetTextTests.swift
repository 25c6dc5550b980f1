import Model
import Testing

struct BudgetTextTests {
    @Test(
        arguments: [
            ("50", 50_000_000_000), ("0.25", 250_000_000), ("0", 0), ("0.000000001", 1),
            ("250000", 250_000_000_000_000),
            ("12.345678901", 12_345_678_901), ("999999999.999999999", 999_999_999_999_999_999),
        ] as [(String, Int64)]
    )
    func `an amount is read to the billionth, and spelled with as many digits as it needs`(
        _ text: String,
        _ nanoUSD: Int64
    ) {
        #expect(DollarText.parse(text) == nanoUSD)
        #expect(DollarText.spell(nanoUSD) == text)
        #expect(DollarText.spell(-nanoUSD) == (nanoUSD == 0 ? "0" : "-" + text))
    }

    @Test(arguments: [
        "", ".", "1.", ".5", "-1", "+1", "1e3", "0x1", "1,5", "1.2.3", "1234567890", "0.1234567890", " 1",
        "١",
    ])
    func `text that isn't an amount is refused`(_ text: String) { #expect(DollarText.parse(text) == nil) }

    @Test(arguments: [
        ("50usd/month", 50_000_000_000, QuotaText.Period.month), ("0.5usd/day", 500_000_000, .day),
    ])
    func `a budget is read as an amount and a period`(
        _ text: String,
        _ nanoUSD: Int64,
        _ period: QuotaText.Period
    )
        throws
    {
        let parsed = try #require(BudgetText.parse(text))
        #expect(parsed.nanoUSD == nanoUSD && parsed.period == period)
        #expect(BudgetText.spell(nanoUSD, per: period) == text)
    }

    @Test(arguments: [
        "50usd", "50/month", "50eur/month", "usd/month", "50USD/month", "50usd/week", "50 usd/month",
        "50usd/month/day",
        "-1usd/month", "1e400usd/day", "nanusd/day", "50usd/", "/month", "",
    ])
    func `text that isn't a budget is refused`(_ text: String) { #expect(BudgetText.parse(text) == nil) }

    @Test func `a draft sets, changes and clears budgets, and names the word that is wrong`() throws {
        let draft = LimitDraft(scope: "tenant", name: "acme", budgets: ["50usd/month", "none/day"])
        let change = try draft.change()
        #expect(change.monthBudget == .set(50_000_000_000) && change.dayBudget == .clear)
        for (budgets, says) in [
            (["50eur/month"], "is not a budget"), (["1usd/day", "none/day"], "two budgets for one day"),
        ] {
            let error = #expect(throws: ModelFault.self) {
                try LimitDraft(scope: "tenant", name: "acme", budgets: budgets).change()
            }
            #expect(error?.description.contains(says) == true)
        }
        for (amount, says) in [
            (Int64(0), "refuses every call"), (-1, "more than 0"), (250_000_000_000_001, "up to 250000"),
        ] {
            let error = #expect(throws: ModelFault.self) {
                try LimitChange(monthBudget: .set(amount)).budgets(after: nil)
            }
            #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
        }
    }
}
