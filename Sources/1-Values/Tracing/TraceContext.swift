package import Bytes

/// A span of a trace, as `traceparent` names it to services further down. Plain bits.
/// Source: W3C Trace Context, Level 2, §3.2
package struct TraceContext: Sendable, Equatable, BitwiseCopyable {
    /// Never all zeros.
    package var traceID: ID128
    /// Never zero.
    package var spanID: UInt64
    /// The bits that are defined: sampled, and whether the trace's id is random.
    package var flags: UInt8

    package static let sampledFlag: UInt8 = 1
    package static let randomFlag: UInt8 = 2

    package init(traceID: ID128, spanID: UInt64, flags: UInt8) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
    }

    /// Whether the service above records its spans.
    package var isSampled: Bool { flags & Self.sampledFlag != 0 }

    /// Reads `00-<32 digits>-<16 digits>-<2 digits>`, in lower case; with a higher version, `-` and more may follow.
    /// - Returns: `nil` for anything else, and for all-zero ids: then a new trace begins.
    package init?(traceparent text: Span<UInt8>) {
        guard text.count >= 55, text[2] == hyphen, text[35] == hyphen, text[52] == hyphen,
            let version = digits(text, 0..<2), version != 0xFF,
            let high = digits(text, 3..<19), let low = digits(text, 19..<35),
            let span = digits(text, 36..<52), let flags = digits(text, 53..<55)
        else { return nil }
        if text.count > 55 {
            guard version > 0, text[55] == hyphen else { return nil }
        }
        guard high | low != 0, span != 0 else { return nil }
        traceID = ID128(high: high, low: low)
        spanID = span
        self.flags = UInt8(truncatingIfNeeded: flags) & (Self.sampledFlag | Self.randomFlag)
    }

    /// Appends the value of `traceparent`, 55 bytes. The version is ours, whatever the caller's was.
    package func append(traceparentTo out: inout ByteBuffer) {
        out.append("00-" as StaticString)
        traceID.append(hexTo: &out)
        out.append(hyphen)
        out.append(hex: spanID)
        out.append("-0" as StaticString)
        out.append(UInt8(ascii: "0") &+ flags & 0xF)
    }

    /// Appends the value of `X-Amzn-Trace-Id`: `Root=1-<8 digits>-<24 digits>;Parent=<16 digits>;Sampled=<0 or 1>`, whose
    /// root is the trace's id with hyphens in it. Source: AWS X-Ray Developer Guide, "Tracing header"
    package func append(xRayTo out: inout ByteBuffer) {
        out.append("Root=1-" as StaticString)
        let start = out.count
        traceID.append(hexTo: &out)
        out.bytes.insert(hyphen, at: start + 8)
        out.append(";Parent=" as StaticString)
        out.append(hex: spanID)
        out.append(isSampled ? ";Sampled=1" as StaticString : ";Sampled=0")
    }
}

private let hyphen = UInt8(ascii: "-")

/// The number that lower-case hexadecimal digits write, sixteen at most; `nil` if any byte isn't such a digit.
private func digits(_ text: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
    var value: UInt64 = 0
    for index in range {
        let byte = text[index]
        let digit = byte &- UInt8(ascii: "0")
        let letter = byte &- UInt8(ascii: "a")
        guard digit < 10 || letter < 6 else { return nil }
        value = value << 4 | UInt64(digit < 10 ? digit : letter &+ 10)
    }
    return value
}
