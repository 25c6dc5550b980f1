import Bytes

/// A day of the proleptic Gregorian calendar, UTC.
///
/// Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days and days_from_civil.
package struct UTCDay: Hashable, Comparable, Sendable {
    /// May be negative.
    package let daysSince1970: Int

    package static let ms: Int64 = 86_400_000

    package init(daysSince1970: Int) { self.daysSince1970 = daysSince1970 }

    /// The day that contains `ms`, any number of milliseconds since 1970.
    package init(ms: Int64) {
        daysSince1970 = Int(ms / Self.ms) - (ms % Self.ms < 0 ? 1 : 0)
    }

    /// `nil` when there is no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard 1...12 ~= month, 1...31 ~= day else { return nil }
        daysSince1970 = Self.daysSince1970(year: year, month: month) + day - 1
        guard date == (year, month, day) else { return nil }
    }

    /// Reads `2026-11-21`, from the year 0000 to 9999; `nil` for any other text or a day that doesn't exist.
    package init?(_ text: String) {
        let bytes = text.utf8.span
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = fourDigits(bytes, at: 0),
            let month = twoDigits(bytes, at: 5), let day = twoDigits(bytes, at: 8)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// `2026-11-21`
    package var text: String {
        let (year, month, day) = date
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// The day's first millisecond since 1970, which must fit in 64 bits.
    package var startMs: Int64 { Int64(daysSince1970) * Self.ms }

    /// Month and day count from 1.
    package var date: (year: Int, month: Int, day: Int) {
        let shifted = daysSince1970 + 719_468  // days since 0000-03-01
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097  // 0...146096
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * ofYear + 2) / 153  // 0 is March
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, ofYear - (153 * fromMarch + 2) / 5 + 1)
    }

    /// `Sat`
    var weekdayName: StaticString {
        let sinceThursday = daysSince1970 % 7  // 1970 began on a Thursday
        return weekdayNames[sinceThursday < 0 ? sinceThursday + 7 : sinceThursday]
    }

    package static func < (left: UTCDay, right: UTCDay) -> Bool { left.daysSince1970 < right.daysSince1970 }

    /// Days from 1970-01-01 to the first of a month; `month` counts from 1 and may be past 12 or before 1.
    package static func daysSince1970(year: Int, month: Int) -> Int {
        let months = year * 12 + (month - 1) - 2  // from March of year 0
        let marchYear = (months >= 0 ? months : months - 11) / 12
        let fromMarch = months - marchYear * 12
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let ofYear = (153 * fromMarch + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
    }
}

private let weekdayNames: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

/// The number that two ASCII digits write; `nil` if either isn't a digit.
func twoDigits(_ text: Span<UInt8>, at index: Int) -> Int? {
    let tens = text[index] &- UInt8(ascii: "0")
    let ones = text[index + 1] &- UInt8(ascii: "0")
    return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
}

/// The number that four ASCII digits write; `nil` if any isn't a digit.
func fourDigits(_ text: Span<UInt8>, at index: Int) -> Int? {
    guard let hundreds = twoDigits(text, at: index), let rest = twoDigits(text, at: index + 2) else {
        return nil
    }
    return hundreds * 100 + rest
}

extension ByteBuffer {
    mutating func append(twoDigits value: Int) {
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
