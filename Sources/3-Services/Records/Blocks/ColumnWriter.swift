import Bytes
import Telemetry

/// Writes columns of records behind one another as compact bytes; `ColumnReader` is its counterpart.
///
/// A column has no name and no length: both sides go through the same columns in the same order.
struct ColumnWriter {
    private(set) var bytes: [UInt8] = []

    /// Seven bits at a time, the lowest first; the eighth says that more follow. Source: protobuf.dev/programming-guides/encoding
    mutating func append(varint value: UInt64) {
        bytes.append(addingCapacity: 10) { out in Self.append(value, to: &out) }
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// A number of each record. Few that differ from zero are written with their places alone.
    @inline(__always)
    mutating func numbers(_ records: Span<CallRecord>, _ number: (borrowing CallRecord) -> UInt64) {
        var count = 0
        for index in records.indices where number(records[index]) != 0 { count &+= 1 }
        let isSparse = count &* 3 < records.count
        append(isSparse ? NumberForm.few : NumberForm.all)
        if isSparse { append(varint: UInt64(count)) }
        bytes.append(addingCapacity: 10 &* (isSparse ? 2 &* count : records.count)) { out in
            var last = 0
            for index in records.indices {
                let value = number(records[index])
                if isSparse {
                    if value == 0 { continue }
                    Self.append(UInt64(index &- last), to: &out)
                    last = index
                }
                Self.append(value, to: &out)
            }
        }
    }

    /// How far a number of each record is from that of the record before; for numbers that rise, or nearly.
    @inline(__always)
    mutating func steps(_ records: Span<CallRecord>, _ number: (borrowing CallRecord) -> Int64) {
        bytes.append(addingCapacity: 10 &* records.count) { out in
            var last: Int64 = 0
            for index in records.indices {
                let value = number(records[index])
                Self.append(Self.zigzag(value &- last), to: &out)
                last = value
            }
        }
    }

    /// A number of each record that few differ in: which there are, then for each record which of these it has.
    ///
    /// - Parameter choices: finds places by numbers, which must be below its `numbersMax`.
    @inline(__always)
    mutating func choices(
        _ records: Span<CallRecord>,
        _ finder: inout ChoiceFinder,
        _ number: (borrowing CallRecord) -> Int32
    ) {
        finder.begin(records.count)
        for index in records.indices { finder.add(number(records[index])) }
        let distinct = finder.distinct
        append(varint: UInt64(distinct.count))
        for value in distinct { append(varint: UInt64(UInt32(bitPattern: value &+ 1))) }
        if distinct.count == 1 { return }
        // The first record's is what most have, where there is such a one.
        let others = finder.countOfOthers
        if distinct.count <= 256, others &* 4 < records.count {
            append(ChoiceForm.few)
            append(varint: UInt64(others))
            bytes.append(addingCapacity: others &* 11) { out in
                var last = 0
                for (index, place) in finder.places.enumerated() where place != finder.commonest {
                    Self.append(UInt64(index &- last), to: &out)
                    out.append(UInt8(truncatingIfNeeded: place))
                    last = index
                }
            }
            append(UInt8(truncatingIfNeeded: finder.commonest))
        } else if distinct.count <= 256 {
            append(ChoiceForm.bytes)
            bytes.append(addingCapacity: records.count) { out in
                for place in finder.places { out.append(UInt8(truncatingIfNeeded: place)) }
            }
        } else {
            append(ChoiceForm.words)
            bytes.append(addingCapacity: records.count &* 2) { out in
                for place in finder.places {
                    out.append(UInt8(truncatingIfNeeded: place))
                    out.append(UInt8(truncatingIfNeeded: place >> 8))
                }
            }
        }
    }

    /// An id of each record, as it is; nothing for none, and for one that follows from the call's own id.
    @inline(__always)
    mutating func ids(
        _ records: Span<CallRecord>,
        _ finder: inout ChoiceFinder,
        _ id: (borrowing CallRecord) -> (form: IDForm, high: UInt64, low: UInt64)
    ) {
        choices(records, &finder) { Int32(id($0).form.rawValue) }
        bytes.append(addingCapacity: 16 &* records.count) { out in
            for index in records.indices {
                let (form, high, low) = id(records[index])
                switch form {
                case .none, .derived: continue
                case .whole: Self.append(high, count: 8, to: &out)
                case .part: Self.append(high, count: 2, to: &out)
                case .low: break
                }
                Self.append(low, count: 8, to: &out)
            }
        }
    }

    /// A hash of each record, for those that have one.
    @inline(__always)
    mutating func digests(
        _ records: Span<CallRecord>,
        _ finder: inout ChoiceFinder,
        _ digest: (borrowing CallRecord) -> Digest
    ) {
        choices(records, &finder) { digest($0) == .none ? 0 : 1 }
        for index in records.indices {
            let value = digest(records[index])
            if value != .none { bytes.append(contentsOf: value.bytes) }
        }
    }

    @inline(__always)
    private static func append(_ value: UInt64, to out: inout OutputSpan<UInt8>) {
        var rest = value
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(truncatingIfNeeded: rest))
    }

    /// The lowest `count` bytes, the lowest first.
    @inline(__always)
    private static func append(_ value: UInt64, count: Int, to out: inout OutputSpan<UInt8>) {
        for index in 0..<count { out.append(UInt8(truncatingIfNeeded: value &>> UInt64(8 &* index))) }
    }

    /// Small numbers of either sign become small ones without.
    @inline(__always)
    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value &<< 1 ^ value &>> 63) }
}

/// How a column of numbers is written.
enum NumberForm {
    static let all: UInt8 = 1
    /// Those that aren't zero, each with its distance from the one before.
    static let few: UInt8 = 2
}

/// How a column of choices is written, when there is more than one.
enum ChoiceForm {
    static let bytes: UInt8 = 1
    static let words: UInt8 = 2
    /// Those that aren't the commonest one, each with its distance from the one before; the commonest one at the end.
    static let few: UInt8 = 3
}

/// What is written of an id.
enum IDForm: UInt8 {
    case none
    /// 16 bytes.
    case whole
    /// 10 bytes; the first six of the id follow from the call's start.
    case part
    /// The lower 8 bytes; there are no others.
    case low
    /// Nothing: it is the call's own id, or its lower half.
    case derived
}

/// Finds out which numbers a column has, in the order in which they come first. Kept, so that it costs no allocation.
struct ChoiceFinder {
    private(set) var distinct: [Int32] = []
    private(set) var places: [UInt16] = []
    private var counts: [UInt16] = []
    /// By number plus one: its place, if it is marked with the present round.
    private var placeOf: [UInt32] = []
    private var round: UInt32 = 0

    /// - Parameter count: of records; below 65,536.
    mutating func begin(_ count: Int) {
        distinct.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        places.reserveCapacity(count)
        counts.removeAll(keepingCapacity: true)
        round &+= 1
        if round > 0xFFFF {
            round = 1
            for index in placeOf.indices { placeOf[index] = 0 }
        }
    }

    /// - Parameter number: -1 or more.
    @inline(__always)
    mutating func add(_ number: Int32) {
        let slot = Int(number &+ 1)
        if slot >= placeOf.count { makeRoom(slot) }
        let entry = placeOf[slot]
        if entry >> 16 == round {
            let place = UInt16(truncatingIfNeeded: entry)
            places.append(place)
            counts[Int(place)] &+= 1
            return
        }
        let place = UInt16(truncatingIfNeeded: distinct.count)
        placeOf[slot] = round << 16 | UInt32(place)
        distinct.append(number)
        counts.append(1)
        places.append(place)
    }

    private mutating func makeRoom(_ slot: Int) {
        placeOf.append(contentsOf: repeatElement(0, count: max(slot + 1, placeOf.count * 2) - placeOf.count))
    }

    /// The place of what most records have.
    var commonest: UInt16 {
        var found = 0
        for index in counts.indices where counts[index] > counts[found] { found = index }
        return UInt16(truncatingIfNeeded: found)
    }

    /// How many records have another than the commonest.
    var countOfOthers: Int { places.count - Int(counts.isEmpty ? 0 : counts[Int(commonest)]) }
}
