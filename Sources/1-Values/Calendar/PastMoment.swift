/// A time in the past as people write it, always in UTC: an age, `24h`; a day, `2026-11-21`, `today`, `tuesday`; a
/// month, `2026-11`, `last-month`; a time, `2026-11-21T14:02`, also with seconds, `Z` or an offset; or `14:02`, which
/// is the latest time that the clock showed it.
///
/// Each has a length: `14:02` lasts a minute, a day all day. A period that ends with one includes all of it.
package enum PastMoment: Sendable, Equatable {
    case ago(milliseconds: Int64)
    /// The UTC day that many days ago.
    case daysAgo(Int64)
    /// Milliseconds since 1970.
    case day(startMs: Int64)
    /// Milliseconds since 1970.
    case time(startMs: Int64, lengthMs: Int64)
    /// Milliseconds since the start of a UTC day: of today, or of yesterday if that time of today is still to come.
    case timeOfDay(startMs: Int64, lengthMs: Int64)

    /// The latest day of that name, which may be today; 0 is Monday.
    case weekday(Int)
    /// Months since January of the year 0.
    case month(Int)
    /// The month that many months ago.
    case monthsAgo(Int)

    /// The accepted spellings, for help and error messages.
    package static let words =
        "a time ago, such as 24h or 30d, a UTC day or time, such as 2026-11-21, 2026-11-21T14:02 or 14:02, today, yesterday, "
        + "monday … sunday, or a month, such as 2026-11, this-month or last-month"

    private static let names: [String: PastMoment] = [
        "today": .daysAgo(0), "yesterday": .daysAgo(1), "this-month": .monthsAgo(0),
        "last-month": .monthsAgo(1),
        "monday": .weekday(0), "tuesday": .weekday(1), "wednesday": .weekday(2), "thursday": .weekday(3),
        "friday": .weekday(4), "saturday": .weekday(5), "sunday": .weekday(6),
    ]

    /// The longest accepted text, in bytes.
    package static let bytesMax = 40

    package init?(_ text: String) {
        if let named = Self.names[text] {
            self = named
        } else if let day = UTCDay(text), day.startMs >= 0 {
            self = .day(startMs: day.startMs)
        } else if text.utf8.count == 7, let day = UTCDay(text + "-01"), day.startMs >= 0 {
            self = .month(day.date.year * 12 + day.date.month - 1)
        } else if let duration = DurationText.parse(text), duration <= .seconds(36_530 * 86_400) {
            self = .ago(milliseconds: duration.milliseconds / 1_000 * 1_000)
        } else if let time = Self.time(text) {
            self = time
        } else {
            return nil
        }
    }

    private static func time(_ text: String) -> PastMoment? {
        guard text.utf8.count <= bytesMax else { return nil }
        if text.utf8.prefix(3).last == UInt8(ascii: ":") {
            // With an offset, the day would be ambiguous.
            guard !text.contains("+"), !text.contains("-"), let (ms, length) = moment("1970-01-01T\(text)")
            else { return nil }
            return .timeOfDay(startMs: ms, lengthMs: length)
        }
        return moment(text).map { .time(startMs: $0.ms, lengthMs: $0.length) }
    }

    /// Reads `2026-11-21T14:02[:11[.5]][Z|+01:00]`.
    /// - Returns: milliseconds since 1970, and the length in milliseconds: a minute, a second, or 1.
    private static func moment(_ text: String) -> (ms: Int64, length: Int64)? {
        var bytes = Array(text.utf8)
        guard bytes.count >= 16 else { return nil }
        let hasSeconds = bytes.count > 16 && bytes[16] == UInt8(ascii: ":")
        if !hasSeconds { bytes.insert(contentsOf: ":00".utf8, at: 16) }
        if bytes.count == 19 || !isZoned(bytes) { bytes.append(UInt8(ascii: "Z")) }
        guard let time = UTCTime(rfc3339: bytes.span) else { return nil }
        let ms = Int64(time.epochSeconds) * 1_000
        guard bytes.count > 19, bytes[19] == UInt8(ascii: ".") else {
            return (ms, hasSeconds ? 1_000 : 60_000)
        }
        let digits = bytes[20...].prefix { $0 &- UInt8(ascii: "0") < 10 }.prefix(3)
        let thousandths = (Array(digits.map { Int64($0 &- UInt8(ascii: "0")) }) + [0, 0]).prefix(3)
        return (ms + thousandths.reduce(0) { $0 * 10 + $1 }, 1)
    }

    private static func isZoned(_ bytes: [UInt8]) -> Bool {
        bytes[19...].contains { [UInt8]("Zz+-".utf8).contains($0) }
    }

    /// Its start in milliseconds since 1970, never negative.
    package func milliseconds(nowMs: Int64) -> Int64 { start(nowMs) }

    /// Its end in milliseconds since 1970: the first millisecond that is no longer part of it.
    package func endMs(nowMs: Int64) -> Int64 {
        switch self {
        case .ago: start(nowMs)
        case .daysAgo, .day, .weekday: start(nowMs) + UTCDay.ms
        case .month, .monthsAgo: Self.startMs(ofMonth: month(UTCDay(ms: nowMs)) + 1)
        case .time(_, let lengthMs), .timeOfDay(_, let lengthMs): start(nowMs) + lengthMs
        }
    }

    private func start(_ nowMs: Int64) -> Int64 {
        switch self {
        case .ago(let milliseconds): max(0, nowMs - milliseconds)
        case .daysAgo(let days): max(0, UTCDay(ms: nowMs).startMs - days * UTCDay.ms)
        case .day(let startMs), .time(let startMs, _): startMs
        case .timeOfDay(let startMs, _): Self.last(startMs, before: nowMs)
        case .weekday(let weekday):
            // 1970-01-01 was a Thursday.
            max(
                0,
                UTCDay(ms: nowMs).startMs - Int64(
                    (max(0, UTCDay(ms: nowMs).daysSince1970) + 10 - weekday) % 7
                ) * UTCDay.ms
            )
        case .month, .monthsAgo: Self.startMs(ofMonth: month(UTCDay(ms: nowMs)))
        }
    }

    /// The latest time of that offset from the start of a UTC day: yesterday's if today's is still to come.
    private static func last(_ ofDayMs: Int64, before nowMs: Int64) -> Int64 {
        let todays = UTCDay(ms: nowMs).startMs + ofDayMs
        return max(0, todays <= nowMs ? todays : todays - UTCDay.ms)
    }

    /// The month, counted from January of the year 0.
    private func month(_ today: UTCDay) -> Int {
        let (year, month, _) = today.date
        return switch self {
        case .month(let months): months
        case .monthsAgo(let ago): year * 12 + month - 1 - ago
        default: year * 12 + month - 1
        }
    }

    private static func startMs(ofMonth months: Int) -> Int64 {
        max(0, Int64(UTCDay.daysSince1970(year: months / 12, month: months % 12 + 1)) * UTCDay.ms)
    }

    /// Whether it is given in whole UTC days: a day, a month, or a number of days ago.
    package var isWholeDays: Bool {
        switch self {
        case .ago(let milliseconds): milliseconds > 0 && milliseconds % UTCDay.ms == 0
        case .daysAgo, .day, .weekday, .month, .monthsAgo: true
        case .time, .timeOfDay: false
        }
    }
}
