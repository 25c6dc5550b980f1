import Calendar
import Testing

struct UTCDayTests {
    @Test
    func `each day of 1,200 years follows the one before`() {
        var (year, month, day) = (1600, 1, 1)
        for days in UTCDay.daysSince1970(year: 1600, month: 1)..<UTCDay.daysSince1970(year: 2800, month: 1) {
            let date = UTCDay(daysSince1970: days).date
            guard date == (year, month, day),
                UTCDay(year: year, month: month, day: day)?.daysSince1970 == days
            else {
                Issue.record("\(days) is \(date), not \(year)-\(month)-\(day)")
                return
            }
            if day == 1 { #expect(UTCDay.daysSince1970(year: year, month: month) == days) }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let length = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
            if day == length { #expect(UTCDay(year: year, month: month, day: day + 1) == nil) }
            day += 1
            if day > length { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (2800, 1, 1))
    }

    @Test
    func `times before 1970 and the largest times have days too`() {
        #expect(UTCDay(ms: -1) == UTCDay(daysSince1970: -1))
        #expect(UTCDay(ms: -1).date == (1969, 12, 31))
        #expect(UTCDay(ms: .min).date.year < -292_000_000)
        #expect(UTCDay(ms: .max).date.year > 292_000_000)
    }

    @Test(
        arguments: [
            ("1970-01-01", 0), ("2000-02-29", 951_782_400_000), ("2027-01-01", 1_798_761_600_000),
            ("9999-12-31", 253_402_214_400_000), ("1969-12-31", -86_400_000), ("1900-02-29", nil),
            ("2027-02-29", nil), ("2026-02-31", nil), ("2027-13-01", nil), ("2027-1-1", nil),
            ("2027-01-00", nil),
            ("+027-01-01", nil), ("２０27-01-01", nil), ("2027-01-01 ", nil), ("2027/01/01", nil), ("", nil),
        ] as [(String, Int64?)]
    )
    func `only days that exist are read from text`(_ text: String, _ startMs: Int64?) {
        #expect(UTCDay(text)?.startMs == startMs)
        if let day = UTCDay(text) { #expect(day.text == text) }
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000"),
        (1_795_219_200_000, "2026-11-21T00:00:00.000"),
        (951_782_400_001, "2000-02-29T00:00:00.001"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000"),
        (-1, "1969-12-31T23:59:59.999"),
    ])
    func `a time is written in UTC`(_ ms: Int64, _ text: String) {
        #expect(dateAndTimeText(ms: ms) == text)
        #expect(UTCDay(ms: ms).text == text.prefix(10))
    }

    @Test(arguments: [
        (Duration.zero, UInt64(0), Int64(0)), (.milliseconds(-5), 0, -5),
        (.seconds(90), 90_000_000_000, 90_000),
        (.nanoseconds(1_999_999), 1_999_999, 1),
        (.seconds(1 << 40), (1 << 32) * 1_000_000_000, (1 << 40) * 1_000),
    ])
    func `durations are converted to whole nanoseconds and milliseconds`(
        _ duration: Duration,
        _ nanoseconds: UInt64,
        _ milliseconds: Int64
    ) {
        #expect(duration.nanoseconds == nanoseconds)
        #expect(duration.milliseconds == milliseconds)
    }

    /// Up to 2⁷³ attoseconds, some two and a half hours, they are counted in another way than beyond.
    @Test(arguments: [
        1, 18_446_744_073, 9_444_732_965_738, 9_444_732_965_739, 9_444_732_965_740, 86_400_000_000_000,
    ])
    func `nanoseconds are exact, and parts of one don't count`(_ count: Int64) {
        let duration = Duration.nanoseconds(count)
        #expect(duration.nanoseconds == UInt64(count))
        let part = Duration(secondsComponent: 0, attosecondsComponent: 999_999_999)
        #expect((duration + part).nanoseconds == UInt64(count))
        #expect((duration - part).nanoseconds == UInt64(count) - 1)
    }
}
