/// A sketch as bytes, for a store or another machine: the layout's number, then for each bucket that isn't empty how
/// many are skipped before it and its count, each as a variable-length integer of 7 bits a byte, the lowest first.
///
/// Mostly one to three bytes for a bucket. Another layout of the buckets would get another number.
/// Source: the integers are those of Protocol Buffers, https://protobuf.dev/programming-guides/encoding/#varints
extension QuantileSketch {
    private static let layout: UInt8 = 1
    /// The longest form of a sketch.
    package static let encodedBytesMax = 1 + SketchBuckets.count * 6

    package var encoded: [UInt8] {
        var bytes = [Self.layout]
        var next = 0
        for (index, count) in counts.enumerated() where count > 0 {
            Self.append(UInt32(first + index - next), to: &bytes)
            Self.append(count, to: &bytes)
            next = first + index + 1
        }
        return bytes
    }

    /// nil for bytes that aren't those of a sketch, whoever made them.
    package init?(encoded bytes: [UInt8]) {
        guard bytes.first == Self.layout, bytes.count <= Self.encodedBytesMax else { return nil }
        self.init()
        var rest = bytes.dropFirst()
        var next = 0
        while !rest.isEmpty {
            guard let skipped = Self.takeFirst(of: &rest), let count = Self.takeFirst(of: &rest), count > 0,
                Int(skipped) < SketchBuckets.count - next
            else { return nil }
            add(count, bucket: next + Int(skipped))
            next += Int(skipped) + 1
        }
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// nil when it isn't whole, is too large, or has a shorter form.
    private static func takeFirst(of bytes: inout ArraySlice<UInt8>) -> UInt32? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return byte == 0 && shift > 0 ? nil : UInt32(exactly: number) }
        }
        return nil
    }
}
