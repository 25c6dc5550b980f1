package import Bytes

/// Writes metric families in Prometheus's text format 0.0.4.
///
/// A family's samples follow its `family` call; the same labels must not be written twice.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
package struct MetricsWriter {
    package enum Kind: String { case counter, gauge, histogram }

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var buffer: ByteBuffer
    private var name = ""

    package init(_ buffer: ByteBuffer = ByteBuffer()) { self.buffer = buffer }

    /// Begins a family. Counters end in `_total`; durations are in seconds and end in `_seconds`.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        precondition(kind != .counter || name.hasSuffix("_total"))
        self.name = name
        buffer.append("# HELP ")
        buffer.append(name)
        buffer.append(UInt8(ascii: " "))
        escape(help, quotes: false)
        buffer.append("\n# TYPE ")
        buffer.append(name)
        buffer.append(UInt8(ascii: " "))
        buffer.append(kind.rawValue)
        buffer.append(UInt8(ascii: "\n"))
    }

    /// One sample of the family. `labels` are names and values; a value may hold any text.
    package mutating func sample(_ labels: [(String, String)], _ value: Double) {
        line(suffix: "", labels, le: nil, Self.number(value))
    }

    package mutating func sample(_ labels: [(String, String)], _ value: UInt64) {
        line(suffix: "", labels, le: nil, String(value))
    }

    package mutating func sample(_ labels: [(String, String)], _ value: Int) {
        line(suffix: "", labels, le: nil, String(value))
    }

    /// A histogram's buckets, sum and count, in seconds.
    package mutating func sample(_ labels: [(String, String)], _ reading: HistogramReading) {
        let texts = reading.scale.texts
        for (index, count) in reading.cumulative.enumerated() {
            line(suffix: "_bucket", labels, le: index < texts.count ? texts[index] : "+Inf", String(count))
        }
        line(suffix: "_sum", labels, le: nil, Self.number(Double(reading.sumNanoseconds) / 1e9))
        line(suffix: "_count", labels, le: nil, String(reading.count))
    }

    /// A whole family of one sample without labels.
    mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        family(name, .gauge, help)
        sample([], value)
    }

    /// A whole family of one sample without labels.
    mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
        family(name, .counter, help)
        sample([], value)
    }

    private mutating func line(
        suffix: StaticString,
        _ labels: [(String, String)],
        le: String?,
        _ value: String
    ) {
        buffer.append(name)
        buffer.append(suffix)
        if !labels.isEmpty || le != nil {
            var separator: StaticString = "{"
            for (label, text) in labels {
                self.label(separator, label, text)
                separator = ","
            }
            if let le { label(separator, "le", le) }
            buffer.append(UInt8(ascii: "}"))
        }
        buffer.append(UInt8(ascii: " "))
        buffer.append(value)
        buffer.append(UInt8(ascii: "\n"))
    }

    private mutating func label(_ separator: StaticString, _ name: String, _ value: String) {
        buffer.append(separator)
        buffer.append(name)
        buffer.append("=\"")
        escape(value, quotes: true)
        buffer.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): buffer.append("\\\\")
            case UInt8(ascii: "\n"): buffer.append("\\n")
            case UInt8(ascii: "\"") where quotes: buffer.append("\\\"")
            default: buffer.append(byte)
            }
        }
    }

    /// The number in Prometheus's text format.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : value.description
    }
}
