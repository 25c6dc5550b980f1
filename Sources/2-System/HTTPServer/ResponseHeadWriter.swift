import Bytes
import HTTP

/// Writes the heads of responses. Content-Length, Date and Connection are the server's own business.
struct ResponseHeadWriter {
    enum Framing {
        case length(Int)
        case chunked
        /// There is no body, or it lasts until the connection closes.
        case unsaid
    }

    let framing: Framing
    let connection: ServerMachine.ConnectionOption

    /// - Parameter nowMs: milliseconds since 1970.
    func write(
        _ status: Int,
        _ contentType: ContentType?,
        _ fields: [ResponseField],
        _ clock: DateText,
        atMs nowMs: Int64,
        into out: inout ByteBuffer
    ) {
        // The commonest head, in three pieces. Patterns, as `==` would copy what other types hold.
        if status == 200, case .json? = contentType, fields.isEmpty, case .length(let length) = framing,
            connection == .unsaid
        {
            out.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
            out.append(decimal: length)
            return out.append(contentsOf: clock.lastLine(atMs: nowMs))
        }
        writeStatusAndFields(status, contentType, fields, &out)
        out.append(contentsOf: clock.line(atMs: nowMs))
        switch connection {
        case .close: out.append("Connection: close\r\n")
        case .keepAlive: out.append("Connection: keep-alive\r\n")
        case .unsaid: break
        }
        out.append("\r\n")
    }

    /// Every head but the commonest one.
    private func writeStatusAndFields(
        _ status: Int,
        _ contentType: ContentType?,
        _ fields: [ResponseField],
        _ out: inout ByteBuffer
    ) {
        if status == 200 {
            out.append("HTTP/1.1 200 OK\r\n")
        } else {
            out.append("HTTP/1.1 ")
            out.append(decimal: status)
            out.append(" ")
            out.append(reasonPhrase(status))
            out.append("\r\n")
        }
        switch contentType {
        case nil: break
        case .json: out.append("Content-Type: application/json\r\n")
        case .some(let type): appendField("Content-Type", type.text, to: &out)
        }
        switch framing {
        case .length(let length):
            out.append("Content-Length: ")
            out.append(decimal: length)
            out.append("\r\n")
        case .chunked: out.append("Transfer-Encoding: chunked\r\n")
        case .unsaid: break
        }
        for field in fields where !isServersOwn(field.name) { appendField(field.name, field.value, to: &out) }
    }

    /// A field that would break the message (its value may come from outside) is left out rather than sent.
    private func appendField(_ name: String, _ value: String, to out: inout ByteBuffer) {
        guard !name.isEmpty,
            name.utf8.allSatisfy({ $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || $0 == 45 || $0 == 95 }),
            value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 })
        else { return }
        out.append(name)
        out.append(": ")
        out.append(value)
        out.append("\r\n")
    }

    /// Fields about framing: twice, or other than the server's, they would break the message.
    private func isServersOwn(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4, 10, 14, 17:
            ["date", "connection", "content-length", "transfer-encoding"].contains(name.lowercased())
        default: false
        }
    }
}
