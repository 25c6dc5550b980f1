import Policy
import RateLimit
import Store
import Testing

/// Budgets of limits, and the amounts spent.
struct BudgetStoreTests {
    typealias Change = LimitChange

    @Test func `a budget is stored with a limit's other figures, changed, audited and removed`() async throws
    {
        try await withSubscribers { store in
            func set(_ change: Change) async throws -> LimitRecord {
                try await store.write(as: .alice) { write throws(StoreError) in
                    try write.setLimit(.tenant(try .acme), change)
                }
            }
            let first = try await set(Change(monthBudget: .set(50_000_000_000)))
            #expect(first.monthBudget == 50_000_000_000 && first.dayBudget == nil && first.rate == nil)
            let second = try await set(Change(dayQuota: .set(5), dayBudget: .set(1)))
            #expect(second.id == first.id && second.monthBudget == 50_000_000_000 && second.dayBudget == 1)
            #expect(second.revision == first.revision + 1)
            #expect(try await set(Change(dayBudget: .set(1))).revision == second.revision)
            let entry = try #require(try await store.loadSnapshot().limits.first)
            #expect(entry.monthBudget == 50_000_000_000 && entry.dayBudget == 1 && entry.dayQuota == 5)
            let event = try #require(try await store.events().first)
            #expect(event.after?.contains(#""monthBudget":"50 USD""#) == true, "\(event.after ?? "")")
            #expect(event.after?.contains(#""dayBudget":"0.000000001 USD""#) == true)
            let third = try await set(Change(dayQuota: .clear, monthBudget: .clear))
            #expect(third.monthBudget == nil && third.dayBudget == 1)
            let error = await #expect(throws: StoreError.self) {
                _ = try await set(Change(dayBudget: .clear))
            }
            #expect(error?.description.contains("would limit nothing") == true)
        }
    }

    @Test func `amounts of two servers add up, and each server reads the current total`() async throws {
        try await withSubscribers { store in
            let id = try await store.write(as: .alice) { write throws(StoreError) in
                try write.setLimit(.tenant(try .acme), Change(monthBudget: .set(1_000))).id
            }
            let month = "usd-month:2026-11"
            for (amount, total) in [(Int64(300), Int64(300)), (500, 800), (-100, 700)] {
                let rows = [QuotaUsage(limitID: id, period: month, count: amount)]
                let totals = try await store.writing { write throws(StoreError) in
                    try write.addQuotaUsage(rows)
                    return try write.reading.quotaUsage(of: rows)
                }
                #expect(totals == [QuotaUsage(limitID: id, period: month, count: total)])
            }
            let gone = [QuotaUsage(limitID: 99, period: month, count: 1)]
            let none = try await store.read { [gone] read throws(StoreError) in
                try read.quotaUsage(of: gone)
            }
            #expect(none == [])
            // Old periods are dropped for each kind of period separately.
            try await store.writing { write throws(StoreError) in
                for day in 1...9 {
                    try write.addQuotaUsage([
                        QuotaUsage(limitID: id, period: "usd-day:2026-11-0\(day)", count: 1),
                        QuotaUsage(limitID: id, period: "day:2026-11-0\(day)", count: 1),
                    ])
                }
                let dropped = try write.dropQuotaUsage(
                    of: QuotaKind.dayCost.prefix,
                    before: "usd-day:2026-11-05",
                    keepingNewest: 2
                )
                #expect(dropped == 4)
            }
            let left = try await store.read { read throws(StoreError) in try read.quotaUsage() }
            #expect(left.count { $0.period.hasPrefix("day:") } == 9)
            #expect(left.count { $0.period.hasPrefix("usd-day:") } == 5)
            #expect(left.contains(QuotaUsage(limitID: id, period: month, count: 700)))
        }
    }
}
