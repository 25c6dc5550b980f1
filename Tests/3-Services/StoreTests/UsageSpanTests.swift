import Calendar
import Store
import Testing

/// The time that is summed, and the time that it's compared with.
struct UsageSpanTests {
    /// A Saturday.
    private static let nowMs = (UTCDay("2026-11-21")?.startMs ?? 0) + 14 * 3_600_000 + 35 * 60_000

    struct Row: Sendable, CustomTestStringConvertible {
        let since: String?
        let until: String?
        let from: String?
        let to: String?
        let before: String?

        init(_ since: String?, _ until: String?, _ from: String?, _ to: String?, before: String? = nil) {
            self.since = since
            self.until = until
            self.from = from
            self.to = to
            self.before = before
        }

        var testDescription: String { "\(since ?? "–") … \(until ?? "–")" }
    }

    @Test(arguments: [
        Row(nil, nil, nil, nil),
        Row("2026-11-20", nil, "2026-11-20", nil, before: "2026-11-18T09:00Z"),
        Row("today", nil, "2026-11-21", nil, before: "2026-11-20T09:00Z"),
        Row("yesterday", "yesterday", "2026-11-20", "2026-11-20", before: "2026-11-19"),
        Row("tuesday", nil, "2026-11-17", nil, before: "2026-11-12T09:00Z"),
        Row("saturday", nil, "2026-11-21", nil, before: "2026-11-20T09:00Z"),
        // A span in days begins at midnight, one in hours at a full hour.
        Row("2d", nil, "2026-11-19", nil, before: "2026-11-16T09:00Z"),
        Row("25h", nil, "2026-11-20T13:00Z", nil, before: "2026-11-19T11:00Z"),
        Row("15m", nil, "2026-11-21T14:00Z", nil, before: "2026-11-21T13:00Z"),
        Row("2d", "1d", "2026-11-19", "2026-11-20", before: "2026-11-17"),
        Row(
            "2026-11-21T09:30",
            "2026-11-21T11:00",
            "2026-11-21T09:00Z",
            "2026-11-21T11:00Z",
            before: "2026-11-21T06:00Z"
        ),
        Row("last-month", "last-month", "2026-10-01", "2026-10-31", before: "2026-08-31"),
        Row("this-month", nil, "2026-11-01", nil, before: "2026-10-11"),
        Row("2026-02", "2026-02", "2026-02-01", "2026-02-28", before: "2026-01-04"),
        Row("30d", nil, "2026-10-22", nil, before: "2026-09-21"),
        Row(nil, "2026-10", nil, "2026-10-31"),
        // A time in the future can't be compared.
        Row("2027-01-01", nil, "2027-01-01", nil),
    ])
    func `a time span is given in whole hours, and compared with the preceding one of equal length`(
        _ row: Row
    )
        throws
    {
        let span = try UsageSpan(row.since, row.until, nowMs: Self.nowMs)
        #expect(span.sinceText == row.from && span.untilText == row.to)
        #expect(span.before?.sinceText == row.before)
        if row.before != nil { #expect(span.before?.untilHour == span.sinceHour) }
    }

    @Test(
        arguments: [
            ("today", "yesterday"), ("2026-11-21T09:00", "2026-11-21T08:00"), ("2026-11", "2026-10"),
            ("2026-05-01T09:00", nil), ("2026-05-01", "2026-05-03T09:00"),
        ] as [(String?, String?)]
    )
    func `a span that ends before it begins, and one with hours no longer kept, are refused`(
        _ since: String?,
        _ until: String?
    ) {
        #expect(throws: StoreError.self) { try UsageSpan(since, until, nowMs: Self.nowMs) }
    }
}
