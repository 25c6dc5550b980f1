import Bytes
import Calendar

/// The `Date` header line of the current second, rendered once per second and loop. Source: RFC 9110 §5.6.7.
final class DateText {
    private var second: Int64 = -1
    private var line = ByteBuffer()
    private var lastLine = ByteBuffer()

    /// `Date: Sat, 21 Nov 2026 05:48:58 GMT` and CRLF.
    func line(atMs wallMs: Int64) -> [UInt8] {
        render(wallMs / 1000)
        return line.bytes
    }

    /// The same between the end of the field before it and the end of the head.
    func lastLine(atMs wallMs: Int64) -> [UInt8] {
        render(wallMs / 1000)
        return lastLine.bytes
    }

    @inline(__always)
    private func render(_ now: Int64) { if now != second { renderAnew(now) } }

    private func renderAnew(_ now: Int64) {
        second = now
        line.removeAll()
        line.append("Date: ")
        UTCTime(epochSeconds: Int(now)).appendHTTPDate(to: &line)
        line.append("\r\n")
        lastLine.removeAll()
        lastLine.append("\r\n")
        lastLine.append(contentsOf: line.bytes)
        lastLine.append("\r\n")
    }
}
