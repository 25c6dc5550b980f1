import Bytes
import Glibc

/// The `Date` header line of the current second, rendered once per second and loop. Source: RFC 9110 §5.6.7.
final class DateText {
    private var second: Int64 = -1
    private(set) var line = ByteBuffer()

    /// `Date: Sat, 21 Nov 2026 05:48:58 GMT` and CRLF.
    func line(atMs wallMs: Int64) -> ByteBuffer {
        let now = wallMs / 1000
        if now != second { render(now) }
        return line
    }

    private func render(_ now: Int64) {
        second = now
        var time = time_t(now)
        var parts = tm()
        gmtime_r(&time, &parts)
        let days: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months: [StaticString] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        line.removeAll()
        line.append("Date: ")
        line.append(days[Int(parts.tm_wday)])
        line.append(", ")
        appendTwo(parts.tm_mday)
        line.append(" ")
        line.append(months[Int(parts.tm_mon)])
        line.append(" ")
        line.append(decimal: Int(parts.tm_year) + 1900)
        line.append(" ")
        appendTwo(parts.tm_hour)
        line.append(":")
        appendTwo(parts.tm_min)
        line.append(":")
        appendTwo(parts.tm_sec)
        line.append(" GMT\r\n")
    }

    private func appendTwo(_ value: CInt) {
        if value < 10 { line.append("0") }
        line.append(decimal: Int(value))
    }
}
