import Calendar

/// A moment in the past as people give it: `24h` ago, or the beginning of a UTC day: `2026-11-21`, `today`, `yesterday`.
enum PastMoment: Sendable, Equatable {
    case ago(milliseconds: Int64)
    /// The beginning of the UTC day so many days ago.
    case daysAgo(Int64)
    /// Milliseconds since 1970.
    case day(startMs: Int64)

    init?(_ text: String) {
        if let days = ["today": 0, "yesterday": 1][text] as Int64? {
            self = .daysAgo(days)
        } else if let day = UTCDay(text), day.startMs >= 0 {
            self = .day(startMs: day.startMs)
        } else if let duration = DurationText.parse(text), duration <= .seconds(36_530 * 86_400) {
            self = .ago(milliseconds: duration.milliseconds / 1_000 * 1_000)
        } else {
            return nil
        }
    }

    /// - Throws: `UsageError` for a value of that option that is neither.
    init?(_ words: ParsedWords, _ option: Usage.Option) throws(UsageError) {
        guard let text = words.option(option) else { return nil }
        guard let moment = PastMoment(text) else {
            throw UsageError(
                "\(option.name) takes a time ago, such as 24h, or a UTC day, such as 2026-11-21, today or yesterday"
            )
        }
        self = moment
    }

    /// Milliseconds since 1970, never negative.
    func milliseconds(nowMs: Int64) -> Int64 {
        switch self {
        case .ago(let milliseconds): max(0, nowMs - milliseconds)
        case .daysAgo(let days): max(0, UTCDay(ms: nowMs).startMs - days * UTCDay.ms)
        case .day(let startMs): startMs
        }
    }

    /// The UTC day that it's in, `2026-11-21`.
    func day(nowMs: Int64) -> String {
        UTCTime(ms: milliseconds(nowMs: nowMs)).day.text
    }
}
