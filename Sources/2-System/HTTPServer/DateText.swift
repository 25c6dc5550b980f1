import Bytes
import Calendar

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
        line.removeAll()
        line.append("Date: ")
        UTCTime(epochSeconds: Int(now)).appendHTTPDate(to: &line)
        line.append("\r\n")
    }
}
