import Config

/// A moment in the past as people give it: `24h` ago, or the beginning of a UTC day such as `2026-11-21`.
enum PastMoment: Sendable, Equatable {
    case ago(milliseconds: Int64)
    /// Milliseconds since 1970.
    case day(startMs: Int64)

    init?(_ text: String) {
        if let day = dayStartMs(text) {
            self = .day(startMs: day)
        } else if let duration = DurationText.parse(text), duration <= .seconds(36_530 * 86_400) {
            self = .ago(milliseconds: duration.components.seconds * 1_000)
        } else {
            return nil
        }
    }

    /// - Throws: `UsageError` for a value of that option that is neither.
    init?(_ words: ParsedWords, _ option: String) throws(UsageError) {
        guard let text = words.option(option) else { return nil }
        guard let moment = PastMoment(text) else {
            throw UsageError("\(option) takes a time ago, such as 24h, or a UTC day, such as 2026-11-21")
        }
        self = moment
    }

    /// Milliseconds since 1970, never negative.
    func milliseconds(nowMs: Int64) -> Int64 {
        switch self {
        case .ago(let milliseconds): max(0, nowMs - milliseconds)
        case .day(let startMs): startMs
        }
    }

    /// The UTC day that it's in, `2026-11-21`.
    func day(nowMs: Int64) -> String {
        String((timeText(milliseconds(nowMs: nowMs)) ?? "").prefix(10))
    }
}

/// The first millisecond since 1970 of a UTC day `YYYY-MM-DD`, from 1970 to 9999; `nil` when there is no such day.
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil
func dayStartMs(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
    func number(_ range: Range<Int>) -> Int? {
        var value = 0
        for byte in bytes[range] {
            guard byte &- 0x30 < 10 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), year >= 1970,
        (1...12).contains(month), day >= 1
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[month - 1] else { return nil }
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468) * 86_400_000
}
