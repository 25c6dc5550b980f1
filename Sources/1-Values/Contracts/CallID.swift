package import Bytes

/// The gateway's id of one call: a UUID of version 7, so that ids sort by the time of their calls. Source: RFC 9562 §5.7
package struct CallID: Sendable, Equatable {
    package let bits: ID128

    /// The id of a call that hasn't begun.
    package static let none = CallID(bits: .none)

    private init(bits: ID128) { self.bits = bits }

    /// The id of one call. No two of the next 2^62 numbers of one seed have the same id, and none costs a system call.
    /// - Parameters:
    ///   - seed: random bits, one seed for each loop, so that the ids of several loops and servers differ.
    ///   - number: the call's number on its loop.
    ///   - ms: when the call began, in milliseconds since 1970.
    package init(seed: CallIDSeed, number: Int, ms: Int64) {
        let number = UInt64(truncatingIfNeeded: number)
        let more = (seed.high &+ number &* 0x9E37_79B9_7F4A_7C15) >> 52
        bits = ID128(
            high: UInt64(bitPattern: ms) << 16 | 0x7000 | more,
            low: Self.mixed(seed.low &+ number &* 0xD1B5_4A32_D192_ED03) | 0b10 << 62
        )
    }

    /// Appends `xxxxxxxx-xxxx-7xxx-yxxx-xxxxxxxxxxxx`, in lower case.
    package func append(to out: inout ByteBuffer) { bits.append(uuidTo: &out) }

    /// Maps 62-bit numbers one-to-one to numbers that look random: each of its steps is one-to-one. Source: Steele,
    /// Lea, Flood, "Fast splittable pseudorandom number generators", 2014 (SplitMix64)
    private static func mixed(_ value: UInt64) -> UInt64 {
        let bits: UInt64 = 1 << 62 &- 1
        var value = value & bits
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9 & bits
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB & bits
        return value ^ value >> 31
    }
}

/// 128 random bits from which ids of calls are made.
package struct CallIDSeed: Sendable, Equatable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
