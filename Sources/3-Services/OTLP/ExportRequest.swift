package import Bytes

/// The sender of spans: what all of them have in common.
package struct SpanSource: Sendable, Equatable {
    /// `service.name` and others, each key once.
    package let resource: [Span.Attribute]
    /// The gateway's version.
    package let version: String

    package init(resource: [Span.Attribute], version: String) {
        self.resource = resource
        self.version = version
    }
}

/// An `ExportTraceServiceRequest`. Source: opentelemetry-proto 1.x, trace/v1/trace.proto
package enum ExportRequest {
    /// The version of the conventions that the attributes' names are from.
    static let schemaURL = "https://opentelemetry.io/schemas/1.41.0"
    /// A longer text is cut: names and texts may be anybody's.
    static let textBytesMax = 1_024

    package static func encode(_ spans: [Span], from source: SpanSource) -> ByteBuffer {
        var request = ProtobufWriter()
        request.message(1) { resourceSpans in
            resourceSpans.message(1) { resource in
                for attribute in source.resource { resource.attribute(1, attribute) }
            }
            resourceSpans.message(2) { scopeSpans in
                scopeSpans.message(1) { scope in
                    scope.text(1, "mcp-gateway")
                    scope.text(2, source.version)
                }
                for span in spans { scopeSpans.message(2) { $0.write(span) } }
                scopeSpans.text(3, schemaURL)
            }
            resourceSpans.text(3, schemaURL)
        }
        return request.out
    }

    /// A collector's answer: how many spans it refused, and why. 0 and an empty text for anything that isn't such a
    /// message.
    /// Source: opentelemetry-proto, collector/trace/v1/trace_service.proto
    package static func refusal(in body: [UInt8], _ range: Range<Int>) -> (spans: Int, reason: String) {
        var refusal = (spans: 0, reason: "")
        var response = ProtobufReader(body, in: range)
        while let field = response.next() {
            guard field.field == 1, case .bytes(let partial) = field.value else { continue }
            var reader = ProtobufReader(body, in: partial)
            while let member = reader.next() {
                switch (member.field, member.value) {
                case (1, .integer(let count)): refusal.spans = Int(clamping: Int64(bitPattern: count))
                case (2, .bytes(let text)): refusal.reason = String(decoding: body[text], as: UTF8.self)
                default: continue
                }
            }
        }
        return refusal
    }
}

extension ProtobufWriter {
    fileprivate mutating func write(_ span: Span) {
        bytes(1, span.traceID.high, span.traceID.low)
        bytes(2, span.spanID)
        if span.parentSpanID != 0 { bytes(4, span.parentSpanID) }
        text(5, cut(span.name))
        integer(6, UInt64(span.kind.rawValue))
        fixed64(7, nanoseconds(span.startUs))
        fixed64(8, nanoseconds(max(span.startUs, span.endUs)))
        for attribute in span.attributes { self.attribute(9, attribute) }
        for event in span.events {
            message(11) { out in
                out.fixed64(1, nanoseconds(event.atUs))
                out.text(2, cut(event.name))
                for attribute in event.attributes { out.attribute(3, attribute) }
            }
        }
        if let failure = span.failure {
            message(15) { status in
                if !failure.isEmpty { status.text(2, cut(failure)) }
                status.integer(3, 2)
            }
        }
        // 0x100: it is known whether the parent is remote; 0x200: it is remote.
        fixed32(16, (span.isSampled ? 1 : 0) | 0x100 | (span.isParentRemote ? 0x200 : 0))
    }

    fileprivate mutating func attribute(_ field: UInt64, _ attribute: Span.Attribute) {
        message(field) { pair in
            pair.text(1, attribute.key)
            pair.message(2) { value in
                switch attribute.value {
                case .text(let text): value.text(1, cut(text))
                case .yes(let isSo): value.integer(2, isSo ? 1 : 0)
                case .integer(let number): value.integer(3, UInt64(bitPattern: number))
                case .number(let number): value.fixed64(4, number.bitPattern)
                }
            }
        }
    }
}

private func nanoseconds(_ microseconds: Int64) -> UInt64 { UInt64(clamping: microseconds) &* 1_000 }

/// Cut between two code points.
private func cut(_ text: String) -> String {
    let bytes = text.utf8
    guard bytes.count > ExportRequest.textBytesMax else { return text }
    var end = bytes.index(bytes.startIndex, offsetBy: ExportRequest.textBytesMax)
    while bytes[end] & 0xC0 == 0x80 { end = bytes.index(before: end) }
    return String(text[..<end])
}
