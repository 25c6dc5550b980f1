import Calendar
import Testing

struct PastMomentTests {
    /// The present time of the tests: Monday, 2026-11-30T15:04:05Z
    private static let nowMs: Int64 = 1_796_051_045_000
    private static let todayMs: Int64 = 1_795_996_800_000
    private static let minute: Int64 = 60_000
    private static let day: Int64 = 86_400_000

    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        let startMs: Int64
        let endMs: Int64

        init(_ text: String, _ startMs: Int64, lasting length: Int64) {
            self.text = text
            self.startMs = startMs
            endMs = startMs + length
        }

        var testDescription: String { text }
    }

    static let rows = [
        Row("1h", nowMs - 60 * minute, lasting: 0), Row("30m", nowMs - 30 * minute, lasting: 0),
        Row("7d", nowMs - 7 * day, lasting: 0), Row("today", todayMs, lasting: day),
        Row("yesterday", todayMs - day, lasting: day), Row("2026-11-29", todayMs - day, lasting: day),
        Row("2026-11-29T14:02", todayMs - day + 842 * minute, lasting: minute),
        Row("2026-11-29T14:02Z", todayMs - day + 842 * minute, lasting: minute),
        Row("2026-11-29 14:02", todayMs - day + 842 * minute, lasting: minute),
        Row("2026-11-29T14:02:11", todayMs - day + 842 * minute + 11_000, lasting: 1_000),
        Row("2026-11-29T14:02:11.5Z", todayMs - day + 842 * minute + 11_500, lasting: 1),
        Row("2026-11-29T15:02+01:00", todayMs - day + 842 * minute, lasting: minute),
        Row("14:02", todayMs + 842 * minute, lasting: minute),
        Row("14:02Z", todayMs + 842 * minute, lasting: minute),
        Row("15:05", todayMs - day + 905 * minute, lasting: minute),
        Row("15:04", todayMs + 904 * minute, lasting: minute),
        Row("14:02:11", todayMs + 842 * minute + 11_000, lasting: 1_000),
        Row("monday", todayMs, lasting: day), Row("sunday", todayMs - day, lasting: day),
        Row("2026-11", todayMs - 29 * day, lasting: 30 * day),
        Row("this-month", todayMs - 29 * day, lasting: 30 * day),
    ]

    @Test(arguments: rows)
    func `each accepted text has the right start and end`(_ row: Row) throws {
        let moment = try #require(PastMoment(row.text))
        #expect(moment.milliseconds(nowMs: Self.nowMs) == row.startMs)
        #expect(moment.endMs(nowMs: Self.nowMs) == row.endMs)
    }

    @Test(arguments: [
        "", "x", "24", "h", "-1h", "1w", "2026-13-01", "2026-02-30", "2026-11-29T", "2026-11-29T25:00",
        "14:60", "14:2",
        "14:02+01:00", "1969-12-31", "tomorrow", "2026-11-29T14:02:11.", "99999999999999999999h", "40000d",
        "2026-11-29T14:02:00.000000000000000000000Z", "14:02\u{0}",
    ])
    func `other texts are refused`(_ text: String) { #expect(PastMoment(text) == nil) }

    @Test(arguments: [Int64.min / 2, -1, 0, 1, Int64.max / 2_000])
    func `with a clock that is far off, no start is before 1970`(_ nowMs: Int64) throws {
        for text in ["1h", "36530d", "yesterday", "14:02", "sunday", "last-month"] {
            let moment = try #require(PastMoment(text))
            #expect(moment.milliseconds(nowMs: nowMs) >= 0, "\(text)")
        }
    }
}
