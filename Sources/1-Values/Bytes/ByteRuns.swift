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
}
