import Calendar
import RateLimit
import Testing

/// The forecast of when a quota will be used up.
struct QuotaForecastTests {
    private static func ms(_ day: String, hours: Int64 = 0) -> Int64 {
        (UTCDay(day)?.startMs ?? 0) + hours * 3_600_000
    }

    private static func number(_ period: QuotaPeriod, _ day: String) -> UInt32 {
        period.number(atMs: ms(day))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: QuotaKind
        let limit: Int64
        let counts: [String: Int64]
        let nowMs: Int64
        let at: Int64?
    }

    @Test(arguments: [
        Row(
            testDescription: "at a steady pace from midnight",
            kind: .dayCalls,
            limit: 1_000,
            counts: ["2026-11-21": 500],
            nowMs: ms("2026-11-21", hours: 10),
            at: ms("2026-11-21", hours: 20)
        ),
        Row(
            testDescription: "it lasts",
            kind: .dayCalls,
            limit: 1_000,
            counts: ["2026-11-21": 400],
            nowMs: ms("2026-11-21", hours: 12),
            at: nil
        ),
        Row(
            testDescription: "it is used up",
            kind: .dayCost,
            limit: 1_000,
            counts: ["2026-11-21": 1_001],
            nowMs: ms("2026-11-21", hours: 12),
            at: ms("2026-11-21", hours: 12)
        ),
        Row(
            testDescription: "too early to tell",
            kind: .dayCalls,
            limit: 1_000,
            counts: ["2026-11-21": 900],
            nowMs: ms("2026-11-21") + 1_800_000,
            at: nil
        ),
        // 240 a day are 10 an hour, and weigh as three hours: (30 + 30) in 6 h.
        Row(
            testDescription: "the days before count in the beginning",
            kind: .dayCalls,
            limit: 100,
            counts: ["2026-11-21": 30, "2026-11-20": 240, "2026-11-19": 240],
            nowMs: ms("2026-11-21", hours: 3),
            at: ms("2026-11-21", hours: 10)
        ),
        Row(
            testDescription: "a day without calls is a day too",
            kind: .dayCalls,
            limit: 100,
            counts: ["2026-11-19": 480, "2026-11-21": 30],
            nowMs: ms("2026-11-21", hours: 3),
            at: ms("2026-11-21", hours: 10)
        ),
        Row(
            testDescription: "a month by its days",
            kind: .monthCost,
            limit: 30_000,
            counts: ["2026-11": 10_000],
            nowMs: ms("2026-11-06"),
            at: ms("2026-11-16")
        ),
        Row(
            testDescription: "nothing was used",
            kind: .monthCalls,
            limit: 10,
            counts: [:],
            nowMs: ms("2026-11-20"),
            at: nil
        ),
        Row(
            testDescription: "a door that is shut",
            kind: .monthCalls,
            limit: 0,
            counts: ["2026-11": 3],
            nowMs: ms("2026-11-20"),
            at: nil
        ),
    ])
    func `the end is forecast from the pace`(_ row: Row) {
        var counts: [UInt32: Int64] = [:]
        for (text, count) in row.counts {
            let day = text.utf8.count == 7 ? text + "-01" : text
            counts[Self.number(row.kind.period, day)] = count
        }
        let at = QuotaForecast.usedUpAtMs(row.kind, limit: row.limit, counts: counts, nowMs: row.nowMs)
        #expect(at.map { ($0 + 500) / 1_000 } == row.at.map { $0 / 1_000 })
    }

    @Test func `figures out of any bound cause no crash`() {
        for limit in [.min, -1, 1, .max] as [Int64] {
            for count in [.min, -1, 0, 1, .max] as [Int64] {
                for nowMs in [.min, -1, 0, 1_800_000_000_000, .max / 1_000] as [Int64] {
                    for kind in QuotaKind.allCases {
                        var counts: [UInt32: Int64] = [0: count, 7: count]
                        counts[kind.period.number(atMs: nowMs)] = count
                        _ = QuotaForecast.usedUpAtMs(kind, limit: limit, counts: counts, nowMs: nowMs)
                    }
                }
            }
        }
    }
}
