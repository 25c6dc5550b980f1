package import Bytes

/// The gateway's id of one call, as AWS writes ids of requests: a UUID of version 4. Source: RFC 9562 §5.4
package struct CallID: Sendable, Equatable {
    package let bits: ID128

    /// The id of a number. No two numbers of one seed have the same id, and none costs a system call.
    /// - Parameters:
    ///   - seed: random bits, once for each loop: they keep apart what several loops and servers number.
    ///   - number: of the call on its loop.
    package init(seed: CallIDSeed, number: Int) {
        let number = UInt64(truncatingIfNeeded: number)
        bits = ID128(
            high: Self.mixed(seed.high &+ number &* 0x9E37_79B9_7F4A_7C15) & ~0xF000 | 0x4000,
            low: Self.mixed(seed.low &+ number &* 0xD1B5_4A32_D192_ED03) & ~(0b11 << 62) | 0b10 << 62
        )
    }

    /// Appends `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx`, in lower case.
    package func append(to out: inout ByteBuffer) { bits.append(uuidTo: &out) }

    /// A one-to-one map that looks random. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
    /// generators", 2014 (SplitMix64)
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
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
