/// Finds a name's position by its bytes: open addressing over one run of all names, no `String` at lookup.
///
/// At most half full, so a lookup reads two slots on average. The hash is seeded: whoever chooses tool names can't
/// choose their slots.
struct NameIndex: Sendable {
    /// Upper half: the hash's tag; lower half: position + 1; 0 is free.
    private let slots: [UInt64]
    private let mask: Int
    private let bytes: [UInt8]
    /// Name `i` is `bytes[starts[i]..<starts[i + 1]]`.
    private let starts: [Int]
    private let seed: UInt64

    /// Of equal names the first is found.
    init(_ names: some Collection<String>, seed: UInt64) {
        var capacity = 8
        while capacity < names.count * 2 { capacity *= 2 }
        var slots = [UInt64](repeating: 0, count: capacity)
        var bytes: [UInt8] = []
        var starts = [0]
        starts.reserveCapacity(names.count + 1)
        for (position, name) in names.enumerated() {
            bytes.append(contentsOf: name.utf8)
            let start = starts[position]
            starts.append(bytes.count)
            let hash = Self.hash(bytes.span.extracting(start..<bytes.count), seed: seed)
            var slot = Int(truncatingIfNeeded: hash) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = (hash & 0xFFFF_FFFF_0000_0000) | UInt64(position + 1)
        }
        self.slots = slots
        self.mask = capacity - 1
        self.bytes = bytes
        self.starts = starts
        self.seed = seed
    }

    func position(of name: Span<UInt8>) -> Int? {
        let hash = Self.hash(name, seed: seed)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let entry = slots[slot]
            if (entry ^ hash) >> 32 == 0 {
                let position = Int(entry & 0xFFFF_FFFF) - 1
                if self.name(at: position, equals: name) { return position }
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// The bytes of the name at a position, lent to `body`.
    func withName<R>(at position: Int, _ body: (Span<UInt8>) -> R) -> R {
        body(bytes.span.extracting(starts[position]..<starts[position + 1]))
    }

    private func name(at position: Int, equals other: Span<UInt8>) -> Bool {
        let start = starts[position]
        guard starts[position + 1] - start == other.count else { return false }
        for offset in other.indices where bytes[start + offset] != other[offset] { return false }
        return true
    }

    /// Multiply and fold, eight bytes at a time, seeded. Not for secrets.
    private static func hash(_ name: Span<UInt8>, seed: UInt64) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: name.count)
        var at = 0
        while at < name.count {
            let end = min(at + 8, name.count)
            var word: UInt64 = 0
            for index in at..<end { word = word << 8 | UInt64(name[index]) }
            state = fold(state ^ word, 0x9E37_79B9_7F4A_7C15)
            at = end
        }
        return fold(state ^ seed, 0xD6E8_FEB8_6659_FD93)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
