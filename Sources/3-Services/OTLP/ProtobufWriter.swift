import Bytes

/// Appends protobuf's wire format: as much of it as OTLP needs. Source: protobuf.dev, "Encoding"
struct ProtobufWriter {
    private(set) var out = ByteBuffer()

    mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        out.append(UInt8(truncatingIfNeeded: value))
    }

    private mutating func tag(_ field: UInt64, _ type: UInt64) { varint(field << 3 | type) }

    mutating func integer(_ field: UInt64, _ value: UInt64) {
        tag(field, 0)
        varint(value)
    }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        tag(field, 1)
        for byte in 0..<8 { out.append(UInt8(truncatingIfNeeded: value >> UInt64(byte * 8))) }
    }

    mutating func fixed32(_ field: UInt64, _ value: UInt32) {
        tag(field, 5)
        for byte in 0..<4 { out.append(UInt8(truncatingIfNeeded: value >> UInt32(byte * 8))) }
    }

    mutating func text(_ field: UInt64, _ text: String) {
        tag(field, 2)
        varint(UInt64(text.utf8.count))
        out.append(text)
    }

    /// Appends each word as eight bytes, the highest first.
    mutating func bytes(_ field: UInt64, _ words: UInt64...) {
        tag(field, 2)
        varint(UInt64(words.count * 8))
        for word in words {
            for byte in 0..<8 { out.append(UInt8(truncatingIfNeeded: word >> UInt64(56 - byte * 8))) }
        }
    }

    /// Appends a message inside the message. Its length goes before it, so it is written on its own first.
    mutating func message(_ field: UInt64, _ write: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        write(&inner)
        tag(field, 2)
        varint(UInt64(inner.out.count))
        out.append(contentsOf: inner.out.bytes)
    }
}

/// Reads protobuf's fields one by one; ends at what isn't protobuf.
struct ProtobufReader {
    enum Value: Equatable {
        case integer(UInt64)
        case bytes(Range<Int>)
        /// A value of a type that is skipped.
        case other
    }

    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    mutating func next() -> (field: UInt64, value: Value)? {
        guard let tag = varint() else { return nil }
        switch tag & 7 {
        case 0: return varint().map { (tag >> 3, .integer($0)) }
        case 1: return skip(8) ? (tag >> 3, .other) : nil
        case 5: return skip(4) ? (tag >> 3, .other) : nil
        case 2:
            guard let count = varint(), count <= UInt64(end - position) else { return nil }
            let start = position
            position += Int(count)
            return (tag >> 3, .bytes(start..<position))
        default: return nil
        }
    }

    private mutating func skip(_ count: Int) -> Bool {
        guard end - position >= count else { return false }
        position += count
        return true
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < end else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
