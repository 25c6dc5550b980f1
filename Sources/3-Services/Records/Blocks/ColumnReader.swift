import Bytes

/// Bytes of a record file that can't be what a writer wrote.
struct BlockFault: Error, Equatable {}

/// Reads what a `ColumnWriter` wrote, from bytes that anybody may have changed: every step is checked.
struct ColumnReader {
    private let bytes: [UInt8]
    private(set) var at = 0
    private let count: Int
    /// For each position, the slot that a wanted record's number goes to; -1 for a record that isn't wanted.
    private var slots: [Int32] = []

    /// - Parameters:
    ///   - count: of records in each column, as the block's row says.
    ///   - positions: of the records whose values are given out, each with its place in this list; nil for all, each with its
    ///     position. They lie below `count`.
    init(_ bytes: [UInt8], count: Int, wanting positions: [Int]? = nil) throws(BlockFault) {
        guard 1...RecordBlock.countMax ~= count else { throw BlockFault() }
        self.bytes = bytes
        self.count = count
        if let positions, positions.count < count {
            slots = Array(repeating: -1, count: count)
            for (slot, position) in positions.enumerated() { slots[position] = Int32(slot) }
        }
    }

    @inline(__always)
    private func slot(_ index: Int) -> Int { slots.isEmpty ? index : Int(slots[index]) }

    /// Checks that every byte has been read.
    func finish() throws(BlockFault) { if at != bytes.count { throw BlockFault() } }

    @inline(__always)
    mutating func byte() throws(BlockFault) -> UInt8 {
        guard at < bytes.count else { throw BlockFault() }
        defer { at &+= 1 }
        return bytes[at]
    }

    @inline(__always)
    mutating func varint() throws(BlockFault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let byte = try byte()
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw BlockFault()
    }

    /// Reads the numbers of all records; `take` need not be called for those that are zero.
    @inline(__always)
    mutating func numbers(_ take: (Int, UInt64) -> Void) throws(BlockFault) {
        switch try byte() {
        case NumberForm.all:
            for index in 0..<count {
                let value = try varint()
                let slot = slot(index)
                if slot >= 0 { take(slot, value) }
            }
        case NumberForm.few:
            let few = try varint()
            guard few <= UInt64(count) else { throw BlockFault() }
            var index: UInt64 = 0
            for _ in 0..<few {
                let step = try varint()
                guard step < UInt64(count), index &+ step < UInt64(count) else { throw BlockFault() }
                index &+= step
                let value = try varint()
                let slot = slot(Int(index))
                if slot >= 0 { take(slot, value) }
            }
        case NumberForm.same:
            let value = try varint()
            if value == 0 { return }
            for index in 0..<count {
                let slot = slot(index)
                if slot >= 0 { take(slot, value) }
            }
        default: throw BlockFault()
        }
    }

    @inline(__always)
    mutating func steps(_ take: (Int, Int64) -> Void) throws(BlockFault) {
        var value: Int64 = 0
        for index in 0..<count {
            let step = try varint()
            value &+= Int64(bitPattern: step &>> 1) ^ -Int64(bitPattern: step & 1)
            take(index, value)
        }
    }

    mutating func choices() throws(BlockFault) -> Choices {
        let distinct = try distinctCount()
        var values: [Int32] = []
        values.reserveCapacity(distinct)
        for _ in 0..<distinct { values.append(try choice()) }
        return Choices(values: values, places: try places(distinct))
    }

    /// Reads a column only to learn which records have a wanted value.
    mutating func selection(_ isWanted: (Int32) -> Bool) throws(BlockFault) -> Selection {
        let distinct = try distinctCount()
        var wanted: [Bool] = []
        wanted.reserveCapacity(distinct)
        var count = 0
        for _ in 0..<distinct {
            let isWanted = isWanted(try choice())
            if isWanted { count &+= 1 }
            wanted.append(isWanted)
        }
        return Selection(wanted: wanted, count: count, places: try places(distinct))
    }

    @inline(__always)
    private mutating func distinctCount() throws(BlockFault) -> Int {
        let distinct = try varint()
        guard 1...UInt64(count) ~= distinct else { throw BlockFault() }
        return Int(distinct)
    }

    @inline(__always)
    private mutating func choice() throws(BlockFault) -> Int32 {
        let value = try varint()
        guard value <= UInt64(Int32.max) else { throw BlockFault() }
        return Int32(value) - 1
    }

    private mutating func places(_ distinct: Int) throws(BlockFault) -> Choices.Places {
        if distinct == 1 { return .one }
        switch try byte() {
        case ChoiceForm.bytes:
            guard bytes.count - at >= count, distinct <= 256 else { throw BlockFault() }
            defer { at += count }
            return .bytes(bytes[at..<at + count])
        case ChoiceForm.words:
            guard bytes.count - at >= count * 2 else { throw BlockFault() }
            var places: [UInt16] = []
            places.reserveCapacity(count)
            for index in 0..<count {
                places.append(UInt16(bytes[at + index * 2]) | UInt16(bytes[at + index * 2 + 1]) << 8)
            }
            at += count * 2
            return .words(places)
        case ChoiceForm.few: return .bytes(try fewPlaces(distinct)[...])
        default: throw BlockFault()
        }
    }

    private mutating func fewPlaces(_ distinct: Int) throws(BlockFault) -> [UInt8] {
        let few = try varint()
        guard few <= UInt64(count), distinct <= 256 else { throw BlockFault() }
        var others: [(index: Int, place: UInt8)] = []
        others.reserveCapacity(Int(few))
        var index: UInt64 = 0
        for _ in 0..<few {
            let step = try varint()
            guard step < UInt64(count), index &+ step < UInt64(count) else { throw BlockFault() }
            index &+= step
            others.append((Int(index), try byte()))
        }
        var places = [UInt8](repeating: try byte(), count: count)
        for other in others { places[other.index] = other.place }
        return places
    }

    @inline(__always)
    mutating func ids(_ take: (Int, IDForm, _ high: UInt64, _ low: UInt64) -> Void) throws(BlockFault) {
        let forms = try choices()
        for index in 0..<count {
            guard let form = IDForm(rawValue: UInt8(truncatingIfNeeded: forms[index])), forms[index] < 256
            else {
                throw BlockFault()
            }
            let size = form.bytes
            guard bytes.count &- at >= size else { throw BlockFault() }
            let slot = slot(index)
            if slot >= 0, form != .none {
                let low = size >= 8 ? bytes.span.word(at: at &+ size &- 8) : 0
                let high: UInt64 =
                    switch form {
                    case .whole: bytes.span.word(at: at)
                    case .part: UInt64(bytes[at]) | UInt64(bytes[at &+ 1]) &<< 8
                    default: 0
                    }
                take(slot, form, high, low)
            }
            at &+= size
        }
    }

    mutating func digests(_ take: (Int, Digest) -> Void) throws(BlockFault) {
        let present = try choices()
        for index in 0..<count where present[index] != 0 {
            guard bytes.count - at >= 32, let digest = Digest(Array(bytes[at..<at + 32])) else {
                throw BlockFault()
            }
            at += 32
            let slot = slot(index)
            if slot >= 0 { take(slot, digest) }
        }
    }
}

/// A column of choices.
struct Choices {
    enum Places {
        /// All records have the first value.
        case one
        case bytes(ArraySlice<UInt8>)
        case words([UInt16])
    }

    /// The values that occur.
    let values: [Int32]
    /// For each record, in order, the place of its value.
    let places: Places

    /// A record's number; -1 for a place that no writer would have written.
    @inline(__always)
    subscript(index: Int) -> Int32 {
        let place =
            switch places {
            case .one: 0
            case .bytes(let bytes): Int(bytes[bytes.startIndex &+ index])
            case .words(let words): Int(words[index])
            }
        return place < values.count ? values[place] : -1
    }
}

/// A column of choices, some of which are wanted.
struct Selection {
    /// For each place, whether its value is wanted.
    let wanted: [Bool]
    /// How many values are wanted.
    let count: Int
    let places: Choices.Places

    /// Keeps those of `hits`, positions of records, whose choice is wanted; `nil` stands for all `records`.
    func keep(_ hits: [UInt16]?, records: Int) -> [UInt16]? {
        if count == wanted.count { return hits }
        if count == 0 { return [] }
        switch places {
        case .one: return hits
        case .bytes(let bytes):
            var kept: [UInt16] = []
            let (bytes, wanted) = (bytes.span, wanted.span)
            if let hits {
                for hit in hits {
                    let place = Int(bytes[Int(hit)])
                    if place < wanted.count, wanted[place] { kept.append(hit) }
                }
            } else {
                for index in 0..<records {
                    let place = Int(bytes[index])
                    if place < wanted.count, wanted[place] { kept.append(UInt16(truncatingIfNeeded: index)) }
                }
            }
            return kept
        case .words(let words):
            let all = hits ?? (0..<records).map { UInt16(truncatingIfNeeded: $0) }
            return all.filter { Int(words[Int($0)]) < wanted.count && wanted[Int(words[Int($0)])] }
        }
    }
}
