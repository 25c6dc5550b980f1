/// A sketch as bytes, for a store or another machine: the layout's number, then for each bucket that isn't empty how
/// many are skipped before it and its count, each as a variable-length integer of 7 bits a byte, the lowest first.
///
/// Mostly one to three bytes for a bucket. Another layout of the buckets would need another number.
/// Source: the integers are those of Protocol Buffers, https://protobuf.dev/programming-guides/encoding/#varints
extension QuantileSketch {
    private static let layout: UInt8 = 1
    /// The most bytes that a sketch can take.
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

    /// A sketch from its bytes, whoever made them; nil for bytes that aren't a sketch's.
    package init?(encoded bytes: [UInt8]) {
        self.init()
        guard merge(encoded: bytes.span) else { return nil }
    }

    /// Adds the sketch in the bytes without making a copy of it. Returns whether they are a sketch's; if not, nothing
    /// is added.
    @discardableResult
    package mutating func merge(encoded bytes: Span<UInt8>) -> Bool {
        guard let buckets = Self.buckets(in: bytes) else { return false }
        add(buckets)
        return true
    }

    /// The buckets in the bytes, ascending: a bucket's number in the upper half, its count in the lower. nil for bytes
    /// that aren't a sketch's.
    private static func buckets(in bytes: Span<UInt8>) -> [UInt64]? {
        guard !bytes.isEmpty, bytes[0] == layout, bytes.count <= encodedBytesMax else { return nil }
        var buckets: [UInt64] = []
        buckets.reserveCapacity(bytes.count / 2)
        var (next, at) = (0, 1)
        while at < bytes.count {
            guard let skipped = number(in: bytes, &at), let count = number(in: bytes, &at), count > 0,
                Int(skipped) < SketchBuckets.count - next
            else { return nil }
            next += Int(skipped)
            buckets.append(UInt64(next) << 32 | UInt64(count))
            next += 1
        }
        return buckets
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Reads the next number; nil when it isn't whole, is too large, or has a shorter form.
    @inline(__always)
    private static func number(in bytes: Span<UInt8>, _ at: inout Int) -> UInt32? {
        // Most are one byte.
        if at < bytes.count, bytes[at] < 0x80 {
            at &+= 1
            return UInt32(bytes[at &- 1])
        }
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard at < bytes.count else { return nil }
            let byte = bytes[at]
            at += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return byte == 0 && shift > 0 ? nil : UInt32(exactly: number) }
        }
        return nil
    }
}
