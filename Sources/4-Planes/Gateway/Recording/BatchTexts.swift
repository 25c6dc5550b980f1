import Bytes

/// The texts that the records of one batch refer to. Each is kept once, and found again by the bytes it was made from.
///
/// One caller's calls follow each other, so the text found last is tried first. Bounded in number and in length.
struct BatchTexts {
    /// The kind of a text. The same bytes may be read in two ways.
    enum Kind: Int {
        case client, session, agent, subject, asked, version, code
    }

    /// The most texts of a batch: more than its records can have.
    static let countMax = 1_536
    /// The most bytes of one text, and of the bytes that it is found again by.
    static let bytesMax = 256
    private static let slotCount = 2_048

    private struct Entry {
        let kind: Kind
        let start: Int32
        let count: Int32
        /// A position in `texts`, or -1 for bytes that became an empty text.
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

    /// Keeps the text that these bytes were made into. Call `find` first.
    /// - Parameter text: at most `bytesMax` bytes.
    /// - Returns: its position; -1 for an empty text, for one that is too long, and when there are too many texts.
    mutating func add(_ kind: Kind, _ raw: Span<UInt8>, _ text: String) -> Int32 {
        guard entries.count < Self.countMax, text.utf8.count <= Self.bytesMax else { return -1 }
        guard raw.count <= Self.bytesMax else {
            // Long bytes: the text is found again by itself.
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

    /// The slot where the bytes are, or where they would be put.
    private func slot(_ kind: Kind, _ raw: Span<UInt8>) -> Int {
        var hash = 0xCBF2_9CE4_8422_2325 ^ UInt64(kind.rawValue)
        for index in raw.indices { hash = (hash ^ UInt64(raw[index])) &* 0x100_0000_01B3 }
        var slot = Int(hash >> 40) & (Self.slotCount - 1)
        // A client that causes collisions on purpose costs at most a walk along one batch's texts.
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

    /// Returns the texts, and starts again without any.
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
