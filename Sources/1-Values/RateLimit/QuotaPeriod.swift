import Calendar

/// The period that a quota counts in: a day or a month, UTC.
package enum QuotaPeriod: String, Sendable, CaseIterable {
    case day, month

    /// The number of the last period that a counter can hold; later times count as in it.
    static let numberMax: UInt32 = (1 << 24) - 3

    /// The number of the period that contains `ms`, milliseconds since 1970: days or months since 1970.
    package func number(atMs ms: Int64) -> UInt32 {
        let ms = max(ms, 0)
        let number: Int
        switch self {
        case .day: number = Int(ms / UTCDay.ms)
        case .month:
            let date = UTCDay(ms: ms).date
            number = (date.year - 1970) * 12 + date.month - 1
        }
        return UInt32(clamping: min(number, Int(Self.numberMax)))
    }

    /// The first millisecond since 1970 after the period of that number.
    package func endMs(of number: UInt32) -> Int64 {
        switch self {
        case .day: (Int64(number) + 1) * UTCDay.ms
        case .month: Int64(UTCDay.daysSince1970(year: 1970, month: Int(number) + 2)) * UTCDay.ms
        }
    }

    /// The period as the store names it: `day:2026-11-21`, `month:2026-11`.
    package func text(of number: UInt32) -> String {
        switch self {
        case .day: return "day:\(UTCDay(daysSince1970: Int(number)).text)"
        case .month:
            let first = UTCDay.daysSince1970(year: 1970, month: Int(number) + 1)
            return "month:\(UTCDay(daysSince1970: first).text.dropLast(3))"
        }
    }

    /// The period that `text(of:)` writes as this text; nil for any other text.
    package static func parse(_ text: String) -> (period: QuotaPeriod, number: UInt32)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let period = QuotaPeriod(rawValue: String(parts[0])) else { return nil }
        let fields = parts[1].split(separator: "-", omittingEmptySubsequences: false)
        let numbers = fields.compactMap { UInt32($0) }
        guard numbers.count == (period == .day ? 3 : 2), numbers.count == fields.count, numbers[0] >= 1970,
            numbers[0] < 1 << 23, (1...12).contains(numbers[1])
        else { return nil }
        let (year, month) = (Int(numbers[0]), Int(numbers[1]))
        let number =
            period == .month
            ? (year - 1970) * 12 + month - 1
            : UTCDay.daysSince1970(year: year, month: month) + Int(clamping: numbers[2]) - 1
        guard (0...Int(numberMax)).contains(number), period.text(of: UInt32(number)) == text else {
            return nil
        }
        return (period, UInt32(number))
    }
}
