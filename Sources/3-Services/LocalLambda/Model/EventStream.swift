package import Bytes
import JSON

/// Writes the messages of AWS's event stream, as the answer to InvokeWithResponseStream has them.
///
/// A message: its length, the length of its headers, CRC-32 of these eight bytes; headers; payload; CRC-32 of all before.
/// Numbers are big-endian. Source: Amazon Event Stream encoding (smithy.io, "Event Stream specification"); botocore service
/// model lambda 2015-03-31, `InvokeWithResponseStreamResponseEvent`
package enum EventStream {
    package static let contentType = "application/vnd.amazon.eventstream"

    /// Appends bytes of the function's answer.
    package static func appendChunk(_ payload: Span<UInt8>, to out: inout ByteBuffer) {
        append(headers: chunkHeaders, payload, to: &out)
    }

    /// Appends the end of an answer.
    /// - Parameters:
    ///   - error: what went wrong; nil when nothing did.
    ///   - log: the last bytes of the log, in Base64, if they are wanted.
    package static func appendComplete(_ error: Failure?, log: String?, to out: inout ByteBuffer) {
        var payload = ByteBuffer("{\"ErrorCode\":")
        appendText(error?.code, to: &payload)
        payload.append(",\"ErrorDetails\":")
        appendText(error?.details, to: &payload)
        payload.append(",\"LogResult\":")
        appendText(log, to: &payload)
        payload.append("}")
        append(headers: completeHeaders, payload.bytes.span, to: &out)
    }

    /// Appends a failure of the service itself, within an answer.
    package static func appendError(_ code: String, _ message: String, to out: inout ByteBuffer) {
        let headers = headers([
            (":message-type", "error"), (":error-code", code), (":error-message", message),
        ])
        let payload: [UInt8] = []
        append(headers: headers, payload.span, to: &out)
    }

    /// How an answer failed.
    package struct Failure: Equatable, Sendable {
        /// `Unhandled` for what the function itself reports, the type of the error otherwise.
        package let code: String
        package let details: String

        package init(code: String, details: String) {
            self.code = code
            self.details = details
        }
    }

    // MARK: Messages

    private static let chunkHeaders = headers([
        (":message-type", "event"), (":event-type", "PayloadChunk"),
        (":content-type", "application/octet-stream"),
    ])
    private static let completeHeaders = headers([
        (":message-type", "event"), (":event-type", "InvokeComplete"), (":content-type", "application/json"),
    ])

    /// Each a name and a text of at most 65,535 bytes.
    private static func headers(_ headers: [(String, String)]) -> [UInt8] {
        let textType: UInt8 = 7
        var out = ByteBuffer()
        for (name, value) in headers {
            out.append(UInt8(name.utf8.count))
            out.append(name)
            out.append(textType)
            let bytes = Array(value.utf8.prefix(Int(UInt16.max)))
            out.append(UInt8(bytes.count >> 8))
            out.append(UInt8(bytes.count & 0xFF))
            out.append(contentsOf: bytes)
        }
        return out.bytes
    }

    private static func append(headers: [UInt8], _ payload: Span<UInt8>, to out: inout ByteBuffer) {
        let start = out.count
        append(UInt32(16 + headers.count + payload.count), to: &out)
        append(UInt32(headers.count), to: &out)
        append(CRC32.of(out.bytes.span.extracting(start..<out.count)), to: &out)
        out.append(contentsOf: headers)
        out.append(payload)
        append(CRC32.of(out.bytes.span.extracting(start..<out.count)), to: &out)
    }

    private static func append(_ number: UInt32, to out: inout ByteBuffer) {
        for shift in [24, 16, 8, 0] { out.append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
    }

    private static func appendText(_ text: String?, to out: inout ByteBuffer) {
        if let text { JSON.appendString(text, to: &out) } else { out.append("null") }
    }
}
