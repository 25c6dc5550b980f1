extension OutputSpan where Element == UInt8 {
    /// Copies `source` from `start` up to the first `stop`, or up to `end`, eight bytes at a time.
    ///
    /// Traps when the range lies outside `source` or there is no room for all that is copied.
    /// - Returns: the position of the stop; `end` when there is none.
    @inlinable @inline(__always)
    package mutating func append(
        _ source: Span<UInt8>,
        from start: Int,
        to end: Int,
        before stop: UInt8
    ) -> Int {
        precondition(start >= 0 && end <= source.count)
        let stops = UInt64(stop) &* 0x0101_0101_0101_0101
        var at = start
        while at &+ 8 <= end, freeCapacity >= 8 {
            let word = source.word(at: at)
            let difference = word ^ stops
            // Exact up to the first zero byte; the rest isn't used.
            let found = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
            let count = found == 0 ? 8 : found.trailingZeroBitCount &>> 3
            unsafe withUnsafeMutableBufferPointer { room, written in
                // There is room for eight: it was just checked. Bytes after the stop are overwritten later, or never
                // used.
                guard let first = UnsafeMutableRawPointer(room.baseAddress) else { return }
                unsafe first.storeBytes(of: word.littleEndian, toByteOffset: written, as: UInt64.self)
                written &+= count
            }
            at &+= count
            if found != 0 { return at }
        }
        while at < end {
            let byte = source[at]
            if byte == stop { break }
            append(byte)
            at &+= 1
        }
        return at
    }

    /// Appends eight bytes, the lowest first. Traps when there is no room for them.
    @inlinable @inline(__always)
    package mutating func append(littleEndian word: UInt64) {
        precondition(freeCapacity >= 8)
        unsafe withUnsafeMutableBufferPointer { room, written in
            // There is room for eight: it was just checked.
            guard let first = UnsafeMutableRawPointer(room.baseAddress) else { return }
            unsafe first.storeBytes(of: word.littleEndian, toByteOffset: written, as: UInt64.self)
            written &+= 8
        }
    }

    /// Appends all bytes of `other`. Traps when there is no room for them.
    @inlinable @inline(__always)
    package mutating func append(_ other: Span<UInt8>) {
        unsafe other.withUnsafeBufferPointer { other in
            guard let first = other.baseAddress else { return }
            unsafe append(first, other.count)
        }
    }

    /// Appends a literal. Traps when there is no room for it.
    @inlinable @inline(__always)
    package mutating func append(_ literal: StaticString) {
        unsafe append(literal.utf8Start, literal.utf8CodeUnitCount)
    }

    /// Appends each byte as two lower-case hexadecimal digits. Traps when there is no room for them.
    package mutating func append(hex other: Span<UInt8>) {
        let count = other.count
        precondition(freeCapacity >= count &* 2)
        unsafe withUnsafeMutableBufferPointer { room, written in
            // Room for all digits was just seen, and the table has a pair for each byte.
            guard let start = UnsafeMutableRawPointer(room.baseAddress) else { return }
            let pairs = unsafe UnsafeRawPointer(hexPairs.utf8Start)
            for index in 0..<count {
                let pair = unsafe pairs.loadUnaligned(
                    fromByteOffset: Int(other[unchecked: index]) &* 2,
                    as: UInt16.self
                )
                unsafe start.storeBytes(of: pair, toByteOffset: written &+ index &* 2, as: UInt16.self)
            }
            written &+= count &* 2
        }
    }

    @inlinable @inline(__always)
    mutating func append(_ start: UnsafePointer<UInt8>, _ count: Int) {
        precondition(freeCapacity >= count)
        unsafe withUnsafeMutableBufferPointer { room, written in
            // Room for `count` bytes was just seen.
            guard let first = room.baseAddress else { return }
            unsafe (first + written).initialize(from: start, count: count)
            written &+= count
        }
    }
}

/// The two digits of each byte, one pair behind the other.
private let hexPairs: StaticString = """
    000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\
    202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\
    404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\
    606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f\
    808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f\
    a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf\
    c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf\
    e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff
    """
