// Bytes: the growable byte buffer that every writer in the gateway appends to, and small byte-level helpers.
//
//   Depends on   nothing
//   Used by      every layer
//   Start at     ByteBuffer

/// A growable run of bytes with the appends that wire formats need.
///
/// A value: copies share storage until one is changed. Appending allocates only when capacity runs out, so a buffer
/// that is cleared with `removeAll()` and used again costs no allocation.
///
/// `@usableFromInline` here and on `bytes` is what lets other modules inline the appends: on a package type,
/// `@inlinable` alone does nothing.
@usableFromInline
package struct ByteBuffer: Sendable, Equatable {
    /// The bytes written so far.
    @usableFromInline package var bytes: [UInt8]

    @inlinable
    package init() { bytes = [] }

    @inlinable
    package init(capacity: Int) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package init(_ text: String) { bytes = Array(text.utf8) }

    @inlinable package var count: Int { bytes.count }

    /// Forgets the bytes and keeps the storage.
    @inlinable
    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    @inlinable
    package mutating func append(_ byte: UInt8) { bytes.append(byte) }

    @inlinable
    package mutating func append(_ literal: StaticString) {
        unsafe append(literal.utf8Start, literal.utf8CodeUnitCount)
    }

    /// Checks the capacity once and copies once. Compiled once, here: inlined into other modules with a constant, its
    /// closures are too much for the optimizer.
    @usableFromInline
    mutating func append(_ start: UnsafePointer<UInt8>, _ count: Int) {
        bytes.append(atMost: count) { out in
            unsafe out.withUnsafeMutableBufferPointer { room, written in
                // There is room for `count` bytes: it was just asked for.
                guard let first = room.baseAddress else { return }
                unsafe first.initialize(from: start, count: count)
                written = count
            }
        }
    }

    /// Literals take the cheaper `StaticString` form.
    @_disfavoredOverload
    package mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    @inlinable
    package mutating func append(contentsOf other: [UInt8]) { append(other.span) }

    @inlinable
    package mutating func append(_ other: Span<UInt8>) {
        unsafe other.withUnsafeBufferPointer { other in
            guard let start = other.baseAddress else { return }
            unsafe append(start, other.count)
        }
    }

    /// Appends `other[range]`. The range must lie inside `other`.
    @inlinable
    package mutating func append(_ other: [UInt8], _ range: Range<Int>) {
        append(other.span.extracting(range))
    }

    /// Appends a number in decimal.
    package mutating func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        if magnitude < 10 { return append(UInt8(ascii: "0") + UInt8(magnitude)) }
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var start = 20
        while magnitude > 0 {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
        }
        append(digits.span.extracting(start..<20))
    }

    /// Appends several runs of together at most `count` bytes, with one look at the capacity.
    ///
    /// Traps when `body` appends more. It isn't called when `count` is 0.
    @inlinable @inline(__always)
    package mutating func append(atMost count: Int, _ body: (inout OutputSpan<UInt8>) -> Void) {
        bytes.append(atMost: count, body)
    }

    /// Appends each byte as two lower-case hexadecimal digits.
    package mutating func append(hex other: Span<UInt8>) {
        append(atMost: other.count * 2) { $0.append(hex: other) }
    }

    /// Appends a word as sixteen lower-case hexadecimal digits, the highest first.
    package mutating func append(hex word: UInt64) {
        bytes.append(atMost: 16) { out in
            unsafe out.withUnsafeMutableBufferPointer { room, written in
                // There is room for all digits: it was just asked for.
                guard let start = UnsafeMutableRawPointer(room.baseAddress) else { return }
                for half in 0..<2 {
                    let four = UInt64((half == 0 ? word >> 32 : word & 0xFFFF_FFFF).byteSwapped >> 32)
                    let halves = (four | four << 16) & 0x0000_FFFF_0000_FFFF
                    let digits = Self.hexDigits(of: (halves | halves << 8) & 0x00FF_00FF_00FF_00FF)
                        .littleEndian
                    unsafe start.storeBytes(of: digits, toByteOffset: half &* 8, as: UInt64.self)
                }
                written = 16
            }
        }
    }

    /// The eight digits of four bytes, the first digit lowest. Each 16 bits of `spread` hold one byte, in their lower
    /// half.
    @inline(__always)
    private static func hexDigits(of spread: UInt64) -> UInt64 {
        let nibbles = spread >> 4 & 0x000F_000F_000F_000F | (spread & 0x000F_000F_000F_000F) << 8
        let isLetter = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27
    }

    /// The bytes as text; invalid UTF-8 is repaired.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension [UInt8] {
    /// Appends several runs of together at most `count` bytes. `body` isn't called when `count` is 0.
    ///
    /// The standard library's own method writes the count even when nothing is appended. All empty arrays share their storage, so
    /// that is a race between threads, though one that writes 0 over 0.
    @inlinable @inline(__always)
    package mutating func append(atMost count: Int, _ body: (inout OutputSpan<UInt8>) -> Void) {
        guard count > 0 else { return }
        append(addingCapacity: count, initializingWith: body)
    }
}
