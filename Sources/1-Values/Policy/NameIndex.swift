/// Finds a name's position by its bytes: open addressing over all names as words, no `String` at lookup.
///
/// At most half full, so a lookup reads two slots on average. The hash is seeded, so that whoever chooses tool names
/// can't choose their slots. A class of plain arrays: a lookup touches no reference count, for which loops on several
/// cores would compete.
final class NameIndex: Sendable {
    /// Upper half: the hash's tag; lower half: position + 1; 0 is free.
    private let slots: [UInt64]
    private let mask: Int
    /// Every name's bytes, eight to a word, the last word filled up with zeroes.
    private let words: [UInt64]
    /// For each name, where its words start and how many bytes they hold.
    private let places: [Place]
    private let seed: UInt64

    private struct Place {
        let start: Int
        let byteCount: Int
    }

    /// Of equal names the first is found, and none where there is nil.
    init(_ names: some Collection<String?>, seed: UInt64) {
        var capacity = 8
        while capacity < names.count * 2 { capacity *= 2 }
        var slots = [UInt64](repeating: 0, count: capacity)
        var words: [UInt64] = []
        var places: [Place] = []
        places.reserveCapacity(names.count)
        for (position, name) in names.enumerated() {
            guard let name else {
                places.append(Place(start: 0, byteCount: 0))
                continue
            }
            let bytes = unsafe name.utf8.span.bytes
            places.append(Place(start: words.count, byteCount: bytes.byteCount))
            for word in 0..<bytes.wordCount { words.append(bytes.word(word)) }
            let hash = Self.hash(bytes, seed: seed)
            var slot = Int(truncatingIfNeeded: hash) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = (hash & 0xFFFF_FFFF_0000_0000) | UInt64(position + 1)
        }
        self.slots = slots
        self.mask = capacity - 1
        self.words = words
        self.places = places
        self.seed = seed
    }

    func position(of name: Span<UInt8>) -> Int? {
        let name = unsafe name.bytes
        let hash = Self.hash(name, seed: seed)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let entry = slots[slot]
            if (entry ^ hash) >> 32 == 0 {
                let position = Int(entry & 0xFFFF_FFFF) - 1
                if isName(at: position, name) { return position }
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private func isName(at position: Int, _ name: RawSpan) -> Bool {
        let place = places[position]
        guard place.byteCount == name.byteCount else { return false }
        for word in 0..<name.wordCount where words[place.start + word] != name.word(word) { return false }
        return true
    }

    /// A seeded hash that multiplies and folds, a word at a time. Not for secrets.
    private static func hash(_ name: RawSpan, seed: UInt64) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: name.byteCount)
        for word in 0..<name.wordCount { state = fold(state ^ name.word(word), 0x9E37_79B9_7F4A_7C15) }
        return fold(state ^ seed, 0xD6E8_FEB8_6659_FD93)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

/// The loads below check their bounds, and any bytes are a valid integer: this justifies each `unsafe`.
extension RawSpan {
    fileprivate var wordCount: Int { (byteCount + 7) / 8 }

    /// The bytes from `8 * index` on, at most eight, as one little-endian number.
    fileprivate func word(_ index: Int) -> UInt64 {
        let start = index * 8
        if start + 8 <= byteCount {
            return UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        if byteCount >= 8 {
            // The name's last eight bytes, without those that belong to the word before.
            let last = unsafe unsafeLoadUnaligned(fromByteOffset: byteCount - 8, as: UInt64.self)
            return UInt64(littleEndian: last) >> UInt64((start + 8 - byteCount) * 8)
        }
        var word: UInt64 = 0
        for offset in (0..<byteCount).reversed() {
            word = word << 8 | UInt64(unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self))
        }
        return word
    }
}
