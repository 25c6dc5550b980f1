/// A day of the proleptic Gregorian calendar, UTC.
///
/// Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days and days_from_civil.
package struct UTCDate: Sendable, Equatable {
    package let year: Int
    /// 1...12
    package let month: Int
    /// 1...31
    package let day: Int

    package static let dayMs: Int64 = 86_400_000

    /// The day that a moment lies in, in milliseconds since 1970, any value.
    package init(ms: Int64) {
        self.init(daysSince1970: Int(ms / Self.dayMs) - (ms % Self.dayMs < 0 ? 1 : 0))
    }

    package init(daysSince1970 days: Int) {
        let shifted = days + 719_468  // days since 0000-03-01
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097  // 0...146096
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * ofYear + 2) / 153  // 0 is March
        day = ofYear - (153 * fromMarch + 2) / 5 + 1
        month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

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
