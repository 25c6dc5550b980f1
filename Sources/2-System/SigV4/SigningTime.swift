package import Bytes

/// A moment in whole seconds, in the spellings that signing and HTTP use. UTC, years 1970 to 9999.
package struct SigningTime: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z, 0...253402300799.
    package let epochSeconds: Int

    /// Seconds outside the range are moved to its nearer end.
    package init(epochSeconds: Int) { self.epochSeconds = min(max(epochSeconds, 0), 253_402_300_799) }

    package static func < (left: SigningTime, right: SigningTime) -> Bool {
        left.epochSeconds < right.epochSeconds
    }

    package func adding(seconds: Int) -> SigningTime {
        let (sum, isOver) = epochSeconds.addingReportingOverflow(seconds)
        return SigningTime(epochSeconds: isOver ? (seconds < 0 ? Int.min : Int.max) : sum)
    }

    /// `20150830T123600Z`, as in `X-Amz-Date`.
    package var stamp: String {
        var out = ByteBuffer(capacity: 16)
        appendStamp(to: &out)
        return out.text
    }

    package func appendStamp(to out: inout ByteBuffer) {
        let (year, month, day) = civil(daysSince1970: epochSeconds / 86_400)
        let second = epochSeconds % 86_400
        out.append(twoDigits: year / 100)
        out.append(twoDigits: year % 100)
        out.append(twoDigits: month)
        out.append(twoDigits: day)
        out.append(UInt8(ascii: "T"))
        out.append(twoDigits: second / 3_600)
        out.append(twoDigits: second / 60 % 60)
        out.append(twoDigits: second % 60)
        out.append(UInt8(ascii: "Z"))
    }

    /// Reads exactly what `appendStamp` writes; `nil` for any other text or a date that doesn't exist.
    package init?(stamp: Span<UInt8>) {
        guard stamp.count == 16, stamp[8] == UInt8(ascii: "T"), stamp[15] == UInt8(ascii: "Z"),
            let century = twoDigits(stamp, at: 0), let years = twoDigits(stamp, at: 2),
            let month = twoDigits(stamp, at: 4), let day = twoDigits(stamp, at: 6),
            let hour = twoDigits(stamp, at: 9), let minute = twoDigits(stamp, at: 11),
            let second = twoDigits(stamp, at: 13)
        else { return nil }
        self.init(
            year: century * 100 + years,
            month: month,
            day: day,
            hour: hour,
            minute: minute,
            second: second
        )
    }

    /// Reads an HTTP date such as `Sun, 30 Aug 2015 12:36:00 GMT`; `nil` for any other text.
    ///
    /// The day of the week is not compared with the date. Source: RFC 9110 §5.6.7, IMF-fixdate
    package init?(httpDate text: Span<UInt8>) {
        guard text.count == 29, text.equals(3..<5, ", "), text[7] == 0x20, text[11] == 0x20, text[16] == 0x20,
            text[19] == UInt8(ascii: ":"), text[22] == UInt8(ascii: ":"), text.equals(25..<29, " GMT"),
            let month = monthNames.firstIndex(where: { text.equals(8..<11, $0) }),
            let day = twoDigits(text, at: 5), let century = twoDigits(text, at: 12),
            let years = twoDigits(text, at: 14), let hour = twoDigits(text, at: 17),
            let minute = twoDigits(text, at: 20), let second = twoDigits(text, at: 23)
        else { return nil }
        self.init(
            year: century * 100 + years,
            month: month + 1,
            day: day,
            hour: hour,
            minute: minute,
            second: second
        )
    }

    /// A leap second counts as the second before it.
    private init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        guard year >= 1970, 1...12 ~= month, 1...31 ~= day, hour < 24, minute < 60, second <= 60 else {
            return nil
        }
        let days = daysSince1970(year: year, month: month, day: day)
        guard civil(daysSince1970: days) == (year, month, day) else { return nil }
        self.init(epochSeconds: days * 86_400 + hour * 3_600 + minute * 60 + min(second, 59))
    }
}

private let monthNames: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]

private func twoDigits(_ text: Span<UInt8>, at index: Int) -> Int? {
    let tens = text[index] &- UInt8(ascii: "0")
    let ones = text[index + 1] &- UInt8(ascii: "0")
    return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
}

extension ByteBuffer {
    fileprivate mutating func append(twoDigits value: Int) {
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}

/// Years are counted from March, so that the leap day is the last of its year. Days are 0 or more.
private func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468  // days since 0000-03-01
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
}

private func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let yearOfEra = shiftedYear % 400
    let monthFromMarch = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    return shiftedYear / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        - 719_468
}
