import RateLimit
import Testing

struct QuotaPeriodTests {
    struct Row: Sendable {
        let ms: Int64
        let day: String
        let month: String
    }

    @Test(arguments: [
        Row(ms: 0, day: "day:1970-01-01", month: "month:1970-01"),
        Row(ms: 86_399_999, day: "day:1970-01-01", month: "month:1970-01"),
        Row(ms: 86_400_000, day: "day:1970-01-02", month: "month:1970-01"),
        Row(ms: 951_782_399_999, day: "day:2000-02-28", month: "month:2000-02"),
        Row(ms: 951_782_400_000, day: "day:2000-02-29", month: "month:2000-02"),
        Row(ms: 951_868_800_000, day: "day:2000-03-01", month: "month:2000-03"),
        Row(ms: 1_709_164_800_000, day: "day:2024-02-29", month: "month:2024-02"),
        Row(ms: 1_740_700_800_000, day: "day:2025-02-28", month: "month:2025-02"),
        Row(ms: 1_740_787_200_000, day: "day:2025-03-01", month: "month:2025-03"),
        Row(ms: 1_795_258_045_000, day: "day:2026-11-21", month: "month:2026-11"),
        Row(ms: 1_798_761_599_999, day: "day:2026-12-31", month: "month:2026-12"),
        Row(ms: 1_798_761_600_000, day: "day:2027-01-01", month: "month:2027-01"),
        Row(ms: 4_107_542_400_000, day: "day:2100-03-01", month: "month:2100-03"),
        Row(ms: 4_107_456_000_000, day: "day:2100-02-28", month: "month:2100-02"),
        Row(ms: 253_402_300_799_999, day: "day:9999-12-31", month: "month:9999-12"),
        Row(ms: 253_402_300_800_000, day: "day:10000-01-01", month: "month:10000-01"),
        Row(ms: -1, day: "day:1970-01-01", month: "month:1970-01"),
    ])
    func `a time is in its day and month, which end where the next ones start`(_ row: Row) {
        for (period, text) in [(QuotaPeriod.day, row.day), (.month, row.month)] {
            let number = period.number(atMs: row.ms)
            #expect(period.text(of: number) == text)
            let parsed = QuotaPeriod.parse(text)
            #expect(parsed?.period == period)
            #expect(parsed?.number == number)
            let end = period.endMs(of: number)
            #expect(end > row.ms)
            #expect(period.number(atMs: end) == number + 1)
            #expect(period.number(atMs: end - 1) == number)
        }
    }

    @Test(arguments: [
        "", "day", "day:", "day:2026-11", "month:2026-11-21", "day:2026-02-29", "day:2026-13-01",
        "month:2026-00",
        "day:2026-1-01", "day:1969-12-31", "day:2026-11-021", "Day:2026-11-21", "day:2026-11-21:",
        "day:+2026-11-21",
        "month:99999999999-01", "month:4294967295-01", "day:2026-11-4294967295",
    ])
    func `text that isn't a period's name is refused`(_ text: String) {
        #expect(QuotaPeriod.parse(text) == nil)
    }

    @Test
    func `times before 1970 and the largest times have periods too`() {
        for period in QuotaPeriod.allCases {
            #expect(period.number(atMs: .min) == 0)
            #expect(period.endMs(of: period.number(atMs: .max)) > 0)
            #expect(!period.text(of: period.number(atMs: .max)).isEmpty)
        }
    }
}
