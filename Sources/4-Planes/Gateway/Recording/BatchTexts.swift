import Bytes

/// The texts that the records of one batch refer to, each kept once and found again by the bytes that it was made from.
///
/// One caller's calls follow each other, so the text found last is looked at first. Bounded in number and in length.
struct BatchTexts {
    /// What a text is of. The same bytes may be read in two ways.
    enum Kind: Int {
        case client, session, agent, subject, asked, version, code
    }

    /// The most texts of a batch: more than its records can have.
    static let countMax = 1_536
    /// The most bytes of one text, and of what it is found again by.
    static let bytesMax = 256
    private static let slotCount = 2_048

    private struct Entry {
        let kind: Kind
        let start: Int32
        let count: Int32
        /// A position in `texts`, or -1 for bytes of which nothing is left as text.
        let text: Int32
    }

    private(set) var texts: [String] = []
    private var keys: [UInt8] = []
    private var entries: [Entry] = []
    /// Positions in `entries` by the hash of their bytes; -1 for none.
    private var slots = [Int16](repeating: -1, count: slotCount)
    /// [kind] → the entry that was found last, or -1.
    private var last = InlineArray<7, Int32>(repeating: -1)

    /// The position of the text that was made from these bytes; nil when there is none yet.
    mutating func find(_ kind: Kind, _ raw: Span<UInt8>) -> Int32? {
        let recent = last[kind.rawValue]
        if recent >= 0, matches(Int(recent), kind, raw) { return entries[Int(recent)].text }
        guard raw.count <= Self.bytesMax, !entries.isEmpty else { return nil }
        let found = slots[slot(kind, raw)]
        guard found >= 0 else { return nil }
        last[kind.rawValue] = Int32(found)
        return entries[Int(found)].text
    }

    /// Keeps a text that these bytes were made into, which must have been looked for.
    /// - Parameter text: at most `bytesMax`.
    /// - Returns: its position; -1 for an empty one, and when there are too many.
    mutating func add(_ kind: Kind, _ raw: Span<UInt8>, _ text: String) -> Int32 {
        guard entries.count < Self.countMax, text.utf8.count <= Self.bytesMax else { return -1 }
        guard raw.count <= Self.bytesMax else {
            // Found again by the text itself.
            let key = text.utf8.span
            return find(kind, key) ?? insert(kind, key, text)
        }
        return insert(kind, raw, text)
    }

    private mutating func insert(_ kind: Kind, _ raw: Span<UInt8>, _ text: String) -> Int32 {
        let slot = slot(kind, raw)
        guard slots[slot] < 0 else { return entries[Int(slots[slot])].text }
        let start = Int32(keys.count)
        for index in raw.indices { keys.append(raw[index]) }
        let position = text.isEmpty ? -1 : Int32(texts.count)
        if !text.isEmpty { texts.append(text) }
        slots[slot] = Int16(entries.count)
        last[kind.rawValue] = Int32(entries.count)
        entries.append(Entry(kind: kind, start: start, count: Int32(raw.count), text: position))
        return position
    }

    /// Where the bytes are, or would be put.
    private func slot(_ kind: Kind, _ raw: Span<UInt8>) -> Int {
        var hash = 0xCBF2_9CE4_8422_2325 ^ UInt64(kind.rawValue)
        for index in raw.indices { hash = (hash ^ UInt64(raw[index])) &* 0x100_0000_01B3 }
        var slot = Int(hash >> 40) & (Self.slotCount - 1)
        // Somebody who makes hashes meet walks along one batch's texts at the most.
        while slots[slot] >= 0, !matches(Int(slots[slot]), kind, raw) {
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        return slot
    }

    private func matches(_ entry: Int, _ kind: Kind, _ raw: Span<UInt8>) -> Bool {
        let entry = entries[entry]
        guard entry.kind == kind, Int(entry.count) == raw.count else { return false }
        return keys.span.equals(Int(entry.start)..<Int(entry.start) + raw.count, raw)
    }

    /// Gives the texts away, and begins anew.
    mutating func take() -> [String] {
        guard !entries.isEmpty else { return [] }
        let taken = texts
        texts = []
        keys.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = -1 }
        last = InlineArray(repeating: -1)
        return taken
    }
}
