/// Checks whether an RSA public key is strong enough to trust, by its numbers alone.
enum RSAStrength {
    /// The allowed bits of a modulus: a shorter one can be factored; with a longer one, checking a signature takes
    /// too long.
    static let bits = 2048...8192

    /// - Parameters: big-endian, without a sign. Source: RFC 7518 §3.3, §6.3.1; NIST SP 800-56B §6.2
    static func isSound(modulus: [UInt8], exponent: [UInt8]) -> Bool {
        guard bits.contains(bitCount(modulus)), let last = modulus.last, last & 1 == 1 else { return false }
        // An odd exponent of 3 to 2^32: 1 would let anyone sign, a huge one makes each check slow.
        guard exponent.count <= 4, let lowest = exponent.last, lowest & 1 == 1, bitCount(exponent) > 1 else {
            return false
        }
        return !isFromBrokenGenerator(modulus)
    }

    private static func bitCount(_ number: [UInt8]) -> Int {
        guard let first = number.firstIndex(where: { $0 != 0 }) else { return 0 }
        return (number.count - first) * 8 - number[first].leadingZeroBitCount
    }

    /// Whether the modulus has the fingerprint of Infineon's generator, whose keys can be factored: a power of 65537
    /// modulo each of these primes. A sound modulus has it once in 2^27 times.
    /// Source: CVE-2017-15361; Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, §4
    private static func isFromBrokenGenerator(_ modulus: [UInt8]) -> Bool {
        let primes: [UInt32] = [
            11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
        ]
        return primes.allSatisfy { prime in
            let wanted = modulus.reduce(UInt32(0)) { ($0 << 8 | UInt32($1)) % prime }
            var power: UInt32 = 1
            repeat {
                if power == wanted { return true }
                power = power * (65_537 % prime) % prime
            } while power != 1
            return false
        }
    }
}
