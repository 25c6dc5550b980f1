extension Duration {
    /// Whole nanoseconds; 0 for negative durations, capped far beyond any deadline.
    package var nanoseconds: UInt64 {
        // 10⁹ is 2⁹ times 1,953,125: what is left of two and a half hours after the shift has 64 bits, and a division by a
        // constant costs no division.
        let whole = attoseconds
        if whole >= 0, whole < 1 << 73 { return UInt64(truncatingIfNeeded: whole >> 9) / 1_953_125 }
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 1 << 32)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// Whole milliseconds. Their number must fit in 64 bits.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
