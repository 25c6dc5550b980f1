import Bytes

/// A time in the past as people give it, UTC: so long ago, a moment, or a span such as a day, of which the beginning or the
/// end is meant.
///
/// It is read without a clock and told by one: `yesterday` is another day tomorrow.
package enum PastTime: Sendable, Equatable {
    /// `15m`, `24h`, `30d` ago.
    case ago(milliseconds: Int64)
    /// `2026-11-21T14:00`, also with seconds, a `Z` or another offset; milliseconds since 1970.
    case moment(ms: Int64)
    /// `14:02`: when the clock last said so; seconds since midnight.
    case clock(second: Int64)
    /// `2026-11-21`
    case day(UTCDay)
    /// `today` and `yesterday`: so many days ago.
    case daysAgo(Int)
    /// `monday` … `sunday`: the last day of that name, which may be today; 0 is Monday.
    case weekday(Int)
    /// `2026-11`; months since January of the year 0.
    case month(Int)
    /// `this-month` and `last-month`: so many months ago.
    case monthsAgo(Int)

    /// What is read, for whoever has to be told.
    package static let words =
        "a time ago, such as 24h or 30d, a UTC day or time, such as 2026-11-21, 2026-11-21T14:00 or 14:00, a month, such as "
        + "2026-11, or today, yesterday, monday … sunday, this-month or last-month"

    private static let names: [String: PastTime] = [
        "today": .daysAgo(0), "yesterday": .daysAgo(1), "this-month": .monthsAgo(0),
        "last-month": .monthsAgo(1),
        "monday": .weekday(0), "tuesday": .weekday(1), "wednesday": .weekday(2), "thursday": .weekday(3),
        "friday": .weekday(4), "saturday": .weekday(5), "sunday": .weekday(6),
    ]

    /// nil for any other text, for what doesn't exist, and for what lies before 1970.
    package init?(_ text: String) {
        guard text.utf8.count <= 40 else { return nil }
        if let named = Self.names[text] {
            self = named
        } else if let day = UTCDay(text), day.startMs >= 0 {
            self = .day(day)
        } else if let day = UTCDay(text + "-01"), day.startMs >= 0 {
            self = .month(day.date.year * 12 + day.date.month - 1)
        } else if let second = secondOfDay(text) {
            self = .clock(second: Int64(second))
        } else if let duration = DurationText.parse(text), duration <= .seconds(36_530 * 86_400) {
            self = .ago(milliseconds: duration.milliseconds / 1_000 * 1_000)
        } else if let moment = Self.moment(text) {
            self = .moment(ms: Int64(moment.epochSeconds) * 1_000)
        } else {
            return nil
        }
    }

    /// With what may be left out of RFC 3339: the seconds, and the zone.
    private static func moment(_ text: String) -> UTCTime? {
        for rest in ["", "Z", ":00Z"] {
            let whole = text + rest
            if let time = UTCTime(rfc3339: whole.utf8.span) { return time }
        }
        // `2026-11-21T14:00Z`
        guard text.utf8.count == 17, text.hasSuffix("Z") else { return nil }
        let whole = text.dropLast() + ":00Z"
        return UTCTime(rfc3339: whole.utf8.span)
    }

    /// Whether it is told in whole UTC days: a day, a month, or so many days ago.
    package var isWholeDays: Bool {
        switch self {
        case .ago(let milliseconds): milliseconds > 0 && milliseconds % UTCDay.ms == 0
        case .moment, .clock: false
        case .day, .daysAgo, .weekday, .month, .monthsAgo: true
        }
    }

    /// When it begins, in milliseconds since 1970; never negative.
    package func startMs(nowMs: Int64) -> Int64 {
        let today = UTCDay(ms: nowMs)
        switch self {
        case .ago(let milliseconds): return max(0, nowMs - milliseconds)
        case .moment(let ms): return ms
        case .clock(let second):
            let ms = today.startMs + second * 1_000
            return max(0, ms <= nowMs ? ms : ms - UTCDay.ms)
        case .day(let day): return day.startMs
        case .daysAgo(let days): return max(0, today.startMs - Int64(days) * UTCDay.ms)
        case .weekday(let weekday):
            // 1970-01-01 was a Thursday.
            let since = (today.daysSince1970 + 3 - weekday) % 7
            return max(0, today.startMs - Int64(since < 0 ? since + 7 : since) * UTCDay.ms)
        case .month, .monthsAgo: return Self.startMs(ofMonth: month(today))
        }
    }

    /// When it is over: the first millisecond since 1970 that isn't in it any more; of a moment the moment itself.
    package func endMs(nowMs: Int64) -> Int64 {
        switch self {
        case .ago, .moment, .clock: startMs(nowMs: nowMs)
        case .day, .daysAgo, .weekday: startMs(nowMs: nowMs) + UTCDay.ms
        case .month, .monthsAgo: Self.startMs(ofMonth: month(UTCDay(ms: nowMs)) + 1)
        }
    }

    private func month(_ today: UTCDay) -> Int {
        let (year, month, _) = today.date
        switch self {
        case .month(let months): return months
        case .monthsAgo(let ago): return year * 12 + month - 1 - ago
        default: return year * 12 + month - 1
        }
    }

    private static func startMs(ofMonth months: Int) -> Int64 {
        max(0, Int64(UTCDay.daysSince1970(year: months / 12, month: months % 12 + 1)) * UTCDay.ms)
    }
}

/// `14:02` or `14:02:30`.
private func secondOfDay(_ text: String) -> Int? {
    let bytes = text.utf8.span
    guard bytes.count == 5 || bytes.count == 8, bytes[2] == UInt8(ascii: ":"),
        let hour = twoDigits(bytes, at: 0), let minute = twoDigits(bytes, at: 3), hour < 24, minute < 60
    else { return nil }
    guard bytes.count == 8 else { return hour * 3_600 + minute * 60 }
    guard bytes[5] == UInt8(ascii: ":"), let second = twoDigits(bytes, at: 6), second < 60 else { return nil }
    return hour * 3_600 + minute * 60 + second
}
