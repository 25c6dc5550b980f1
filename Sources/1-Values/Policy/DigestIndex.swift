import Bytes

/// Finds a digest's position. Every candidate in the probed run is compared in constant time.
///
/// A class of plain arrays, like `NameIndex`. A presented secret reaches this table only as its SHA-256, so the slot
/// that it selects reveals nothing about any secret.
final class DigestIndex: Sendable {
    /// Position + 1; 0 is free.
    private let slots: [UInt32]
    private let mask: Int
    private let digests: [Digest]
    private let seed: UInt64

    init(_ digests: [Digest], seed: UInt64) {
        var capacity = 8
        while capacity < digests.count * 2 { capacity *= 2 }
        var slots = [UInt32](repeating: 0, count: capacity)
        for (position, digest) in digests.enumerated() {
            var slot = Int(truncatingIfNeeded: Self.hash(digest, seed: seed)) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = UInt32(position + 1)
        }
        self.slots = slots
        self.mask = capacity - 1
        self.digests = digests
        self.seed = seed
    }

    func position(of digest: Digest) -> Int? {
        var slot = Int(truncatingIfNeeded: Self.hash(digest, seed: seed)) & mask
        while slots[slot] != 0 {
            let position = Int(slots[slot]) - 1
            if digests[position] == digest { return position }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private static func hash(_ digest: Digest, seed: UInt64) -> UInt64 {
        let product = (digest.firstWord ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
