package import Bytes

/// Makes ids of spans and traces, never zero. One per loop; about ten instructions for each id, and no system call.
///
/// They needn't be secret, only different: the generator's 256 bits of state come from the system once.
/// Source: Blackman, Vigna, "Scrambled linear pseudorandom number generators", 2021 (xoshiro256++)
package struct SpanIDs: Sendable {
    private var first: UInt64
    private var second: UInt64
    private var third: UInt64
    private var fourth: UInt64

    package init() {
        self.init(
            seed: .random(in: 1 ... .max),
            .random(in: .min ... .max),
            .random(in: .min ... .max),
            .random(in: .min ... .max)
        )
    }

    /// - Parameter seed: not all of it zero.
    package init(seed first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        precondition(first | second | third | fourth != 0, "a seed of zeros makes zeros alone")
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth
    }

    /// The next span's id.
    package mutating func next() -> UInt64 {
        while true {
            let value = word()
            if value != 0 { return value }
        }
    }

    /// The next trace's id: the second of its start in four bytes, as X-Ray wants it, then twelve random ones.
    /// Source: AWS X-Ray Developer Guide, "Sending trace data to X-Ray"
    package mutating func nextTrace(epochSeconds: Int64) -> ID128 {
        ID128(high: UInt64(truncatingIfNeeded: epochSeconds) << 32 | next() >> 32, low: next())
    }

    /// The id of a child span. Numbers under one span have different ids; ids under different spans are unlikely to be
    /// equal.
    package static func child(_ number: Int, of span: UInt64) -> UInt64 {
        var value = span &+ UInt64(truncatingIfNeeded: number &+ 1) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        value ^= value >> 31
        return value == 0 ? 1 : value
    }

    private mutating func word() -> UInt64 {
        let sum = first &+ fourth
        let result = (sum << 23 | sum >> 41) &+ first
        let shifted = second << 17
        third ^= first
        fourth ^= second
        second ^= third
        first ^= fourth
        third ^= shifted
        fourth = fourth << 45 | fourth >> 19
        return result
    }
}
