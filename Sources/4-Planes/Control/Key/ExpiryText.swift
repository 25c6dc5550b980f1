import Config
package import Store

/// An end as it is asked for, in milliseconds since 1970: a time from now such as `90d`, at most 10 years, or the
/// beginning of a UTC day such as `2027-01-01`.
///
/// `purpose` ends the sentence "… is no time for", e.g. `a key to live`.
/// - Throws: `.invalid`, also for a day that has begun.
package func expiryMs(_ text: String, for purpose: String, nowMs: Int64) throws(StoreError) -> Int64 {
    guard let startMs = dayStartMs(text) else {
        do throws(StoreError) { return nowMs + (try lifeMs(text, for: purpose)) } catch {
            throw StoreError(
                error.kind,
                error.message,
                hint: "\(error.hint), or a UTC day such as 2027-01-01"
            )
        }
    }
    guard startMs > nowMs else {
        throw StoreError(
            .invalid,
            "\(shown(text)) has begun, in UTC",
            hint: "give a later day, or a time from now such as 90d"
        )
    }
    return startMs
}

/// The first millisecond since 1970 of a UTC day `YYYY-MM-DD`, from 1970 to 9999; `nil` when there is no such day.
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil
package func dayStartMs(_ text: String) -> Int64? {
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
