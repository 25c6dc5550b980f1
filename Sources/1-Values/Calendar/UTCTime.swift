package import Bytes

/// A moment in whole seconds, in the spellings that signing and HTTP use. UTC, years 1970 to 9999.
package struct UTCTime: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z, 0...253402300799.
    package let epochSeconds: Int

    /// Seconds outside the range are moved to its nearer end.
    package init(epochSeconds: Int) { self.epochSeconds = min(max(epochSeconds, 0), 253_402_300_799) }

    package static func < (left: UTCTime, right: UTCTime) -> Bool {
        left.epochSeconds < right.epochSeconds
    }

    /// From milliseconds since 1970; a part of a second is dropped.
    package init(ms: Int64) { self.init(epochSeconds: Int(ms / 1_000)) }

    package var day: UTCDay { UTCDay(daysSince1970: epochSeconds / 86_400) }

    private var secondOfDay: Int { epochSeconds % 86_400 }

    package func adding(seconds: Int) -> UTCTime {
        let (sum, isOver) = epochSeconds.addingReportingOverflow(seconds)
        return UTCTime(epochSeconds: isOver ? (seconds < 0 ? Int.min : Int.max) : sum)
    }

    /// `20150830T123600Z`, as in `X-Amz-Date`.
    package var stamp: String {
        var out = ByteBuffer(capacity: 16)
        appendStamp(to: &out)
        return out.text
    }

    package func appendStamp(to out: inout ByteBuffer) {
        let (year, month, day) = day.date
        let second = secondOfDay
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

    /// `2026-11-21T06:36:47Z`. Source: RFC 3339
    package var rfc3339: String { "\(day.text)T\(clock)Z" }

    /// `06:36:47`
    package var clock: String { clockText(secondOfDay) }

    /// `Sat, 21 Nov 2026 05:48:58 GMT`. Source: RFC 9110 §5.6.7, IMF-fixdate
    package func appendHTTPDate(to out: inout ByteBuffer) {
        let (year, month, day) = day.date
        out.append(self.day.weekdayName)
        out.append(", ")
        out.append(twoDigits: day)
        out.append(" ")
        out.append(monthNames[month - 1])
        out.append(" ")
        out.append(twoDigits: year / 100)
        out.append(twoDigits: year % 100)
        out.append(" ")
        out.append(clock)
        out.append(" GMT")
    }

    /// `21/Nov/2026:05:48:58 +0000`, as in API Gateway's events. Source: Apache, "Common Log Format"
    package func appendLogTime(to out: inout ByteBuffer) {
        let (year, month, day) = day.date
        out.append(twoDigits: day)
        out.append("/")
        out.append(monthNames[month - 1])
        out.append("/")
        out.append(twoDigits: year / 100)
        out.append(twoDigits: year % 100)
        let second = secondOfDay
        out.append(":")
        out.append(twoDigits: second / 3_600)
        out.append(":")
        out.append(twoDigits: second / 60 % 60)
        out.append(":")
        out.append(twoDigits: second % 60)
        out.append(" +0000")
    }

    /// Reads exactly what `appendStamp` writes; `nil` for any other text or a date that doesn't exist.
    package init?(stamp: Span<UInt8>) {
        guard stamp.count == 16, stamp[8] == UInt8(ascii: "T"), stamp[15] == UInt8(ascii: "Z"),
            let year = fourDigits(stamp, at: 0),
            let month = twoDigits(stamp, at: 4), let day = twoDigits(stamp, at: 6),
            let hour = twoDigits(stamp, at: 9), let minute = twoDigits(stamp, at: 11),
            let second = twoDigits(stamp, at: 13)
        else { return nil }
        self.init(
            year: year,
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
            let day = twoDigits(text, at: 5), let year = fourDigits(text, at: 12),
            let hour = twoDigits(text, at: 17),
            let minute = twoDigits(text, at: 20), let second = twoDigits(text, at: 23)
        else { return nil }
        self.init(
            year: year,
            month: month + 1,
            day: day,
            hour: hour,
            minute: minute,
            second: second
        )
    }

    /// Reads `2026-11-21T06:36:47Z`, also with a fraction of a second, which is dropped, and with `+00:00` or another offset
    /// for `Z`, with or without its colon; `nil` for any other text or a date that doesn't exist. Source: RFC 3339 §5.6
    package init?(rfc3339 text: Span<UInt8>) {
        guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let year = fourDigits(text, at: 0),
            let month = twoDigits(text, at: 5), let day = twoDigits(text, at: 8),
            let hour = twoDigits(text, at: 11), let minute = twoDigits(text, at: 14),
            let second = twoDigits(text, at: 17)
        else { return nil }
        var end = 19
        if text[end] == UInt8(ascii: ".") {
            end += 1
            let start = end
            while end < text.count, text[end] &- UInt8(ascii: "0") < 10 { end += 1 }
            guard end > start else { return nil }
        }
        guard let offset = Self.offset(text, from: end) else { return nil }
        self.init(
            year: year,
            month: month,
            day: day,
            hour: hour,
            minute: minute,
            second: second
        )
        self = adding(seconds: -offset)
    }

    /// The offset in seconds that `Z`, `+hh:mm` or `-hhmm` at the text's end means; `nil` for any other text.
    private static func offset(_ text: Span<UInt8>, from start: Int) -> Int? {
        let count = text.count - start
        if count == 1 {
            return text[start] == UInt8(ascii: "Z") || text[start] == UInt8(ascii: "z") ? 0 : nil
        }
        let isNegative = count > 0 && text[start] == UInt8(ascii: "-")
        guard count == 6 && text[start + 3] == UInt8(ascii: ":") || count == 5,
            isNegative || text[start] == UInt8(ascii: "+"), let hours = twoDigits(text, at: start + 1),
            let minutes = twoDigits(text, at: start + count - 2), hours < 24, minutes < 60
        else { return nil }
        return (isNegative ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }

    /// A leap second counts as the second before it.
    private init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        guard year >= 1970, hour < 24, minute < 60, second <= 60,
            let day = UTCDay(year: year, month: month, day: day)
        else { return nil }
        self.init(epochSeconds: day.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + min(second, 59))
    }
}

private let monthNames: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]
