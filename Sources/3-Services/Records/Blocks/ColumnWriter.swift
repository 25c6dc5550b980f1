import Bytes
import Telemetry

/// Writes columns of records behind one another as compact bytes; `ColumnReader` is its counterpart.
///
/// A column has no name and no length: both sides go through the same columns in the same order.
struct ColumnWriter {
    private(set) var bytes: [UInt8] = []

    init() {}

    /// - Parameter column: lends its `room` to write in; `giveBack` returns it.
    init(in column: inout Column) { swap(&bytes, &column.room) }

    func giveBack(to column: inout Column) { column.room = bytes }

    /// The bytes that were written; the writer is empty afterwards.
    mutating func take() -> [UInt8] {
        var taken = ByteBuffer(capacity: bytes.count)
        taken.append(bytes.span)
        bytes.removeAll(keepingCapacity: true)
        return taken.bytes
    }

    /// Seven bits at a time, the lowest first; the eighth says that more follow. Source: protobuf.dev/programming-guides/encoding
    mutating func append(varint value: UInt64) {
        bytes.append(atMost: 10) { out in Self.append(value, to: &out) }
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// Writes a number of each record. When few differ from zero, only those are written, with their positions.
    @inline(__always)
    mutating func numbers(
        _ records: Span<CallRecord>,
        _ column: inout Column,
        _ number: (borrowing CallRecord) -> UInt64
    ) {
        if let same = Self.same(records, number) {
            append(NumberForm.same)
            append(varint: same)
        } else {
            column.fill(records, number)
            appendNumbers(column.values.span)
        }
    }

    /// The value of all records, if they have the same one, as in most columns; the column isn't filled then.
    @inline(__always)
    private static func same(_ records: Span<CallRecord>, _ value: (borrowing CallRecord) -> UInt64)
        -> UInt64?
    {
        let first = value(records[0])
        for index in records.indices where value(records[index]) != first { return nil }
        return first
    }

    private mutating func appendNumbers(_ values: Span<UInt64>) {
        var count = 0
        for index in values.indices where values[index] != 0 { count &+= 1 }
        if count &* 3 >= values.count {
            append(NumberForm.all)
            bytes.append(atMost: 10 &* values.count) { out in
                for index in values.indices { Self.append(values[index], to: &out) }
            }
            return
        }
        append(NumberForm.few)
        append(varint: UInt64(count))
        bytes.append(atMost: 20 &* count) { out in
            var last = 0
            for index in values.indices where values[index] != 0 {
                Self.append(UInt64(index &- last), to: &out)
                last = index
                Self.append(values[index], to: &out)
            }
        }
    }

    /// Writes how far a number of each record is from that of the record before; for numbers that rise, or nearly.
    @inline(__always)
    mutating func steps(
        _ records: Span<CallRecord>,
        _ column: inout Column,
        _ number: (borrowing CallRecord) -> Int64
    ) {
        column.fill(records) { UInt64(bitPattern: number($0)) }
        appendSteps(column.values.span)
    }

    private mutating func appendSteps(_ values: Span<UInt64>) {
        bytes.append(atMost: 10 &* values.count) { out in
            var last: Int64 = 0
            for index in values.indices {
                let value = Int64(bitPattern: values[index])
                let step = value &- last
                // Small numbers of either sign become small unsigned ones.
                Self.append(UInt64(bitPattern: step &<< 1 ^ step &>> 63), to: &out)
                last = value
            }
        }
    }

    /// Writes a number of each record, -1 or more, that takes few values: these values, then for each record the
    /// place of its own.
    @inline(__always)
    mutating func choices(
        _ records: Span<CallRecord>,
        _ column: inout Column,
        _ number: (borrowing CallRecord) -> Int32
    ) {
        choices(records, &column, oneMore: { UInt64(UInt32(bitPattern: number($0) &+ 1)) })
    }

    @inline(__always)
    private mutating func choices(
        _ records: Span<CallRecord>,
        _ column: inout Column,
        oneMore number: (borrowing CallRecord) -> UInt64
    ) {
        if let same = Self.same(records, number) {
            append(varint: 1)
            append(varint: same)
        } else {
            column.fill(records, number)
            appendChoices(&column)
        }
    }

    private mutating func appendChoices(_ column: inout Column) {
        column.findChoices()
        let distinct = column.distinct
        append(varint: UInt64(distinct.count))
        for value in distinct { append(varint: UInt64(value)) }
        let (commonest, others) = column.commonest
        let places = column.places
        if distinct.count <= 256, others &* 4 < places.count {
            append(ChoiceForm.few)
            append(varint: UInt64(others))
            bytes.append(atMost: others &* 11) { out in
                var last = 0
                for (index, place) in places.enumerated() where place != commonest {
                    Self.append(UInt64(index &- last), to: &out)
                    out.append(UInt8(truncatingIfNeeded: place))
                    last = index
                }
            }
            append(UInt8(truncatingIfNeeded: commonest))
        } else if distinct.count <= 256 {
            append(ChoiceForm.bytes)
            bytes.append(atMost: places.count) { out in
                for place in places { out.append(UInt8(truncatingIfNeeded: place)) }
            }
        } else {
            append(ChoiceForm.words)
            bytes.append(atMost: places.count &* 2) { out in
                for place in places {
                    out.append(UInt8(truncatingIfNeeded: place))
                    out.append(UInt8(truncatingIfNeeded: place &>> 8))
                }
            }
        }
    }

    /// Writes an id of each record, in full or in part; nothing for none, and for one that follows from the call's
    /// own id.
    @inline(__always)
    mutating func ids(
        _ records: Span<CallRecord>,
        _ column: inout Column,
        _ id: (borrowing CallRecord) -> (form: IDForm, high: UInt64, low: UInt64)
    ) {
        let form = Self.same(records) { UInt64(id($0).form.rawValue) }
        if let form {
            append(varint: 1)
            append(varint: form &+ 1)
            if form == UInt64(IDForm.none.rawValue) || form == UInt64(IDForm.derived.rawValue) { return }
        } else {
            choices(records, &column, oneMore: { UInt64(id($0).form.rawValue) &+ 1 })
        }
        bytes.append(atMost: 16 &* records.count) { out in
            for index in records.indices {
                let (form, high, low) = id(records[index])
                switch form {
                case .whole:
                    out.append(littleEndian: high)
                    out.append(littleEndian: low)
                case .part:
                    out.append(UInt8(truncatingIfNeeded: high))
                    out.append(UInt8(truncatingIfNeeded: high &>> 8))
                    out.append(littleEndian: low)
                case .low: out.append(littleEndian: low)
                case .none, .derived: continue
                }
            }
        }
    }

    /// Writes a hash of each record that has one.
    @inline(__always)
    mutating func digests(
        _ records: Span<CallRecord>,
        _ column: inout Column,
        _ digest: (borrowing CallRecord) -> Digest
    ) {
        // No real hash begins with eight zero bytes: they stand for none.
        let same = Self.same(records) { digest($0).firstWord == 0 ? 1 : 2 }
        if let same {
            append(varint: 1)
            append(varint: same)
            if same == 1 { return }
        } else {
            choices(records, &column, oneMore: { digest($0).firstWord == 0 ? 1 : 2 })
        }
        bytes.append(atMost: 32 &* records.count) { out in
            for index in records.indices {
                let value = digest(records[index])
                if value.firstWord != 0 { value.append(to: &out) }
            }
        }
    }

    @inline(__always)
    private static func append(_ value: UInt64, to out: inout OutputSpan<UInt8>) {
        var rest = value
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        out.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// How a column of numbers is written.
enum NumberForm {
    static let all: UInt8 = 1
    /// Only the numbers that aren't zero, each with its distance from the one before.
    static let few: UInt8 = 2
    /// One number, which all records have.
    static let same: UInt8 = 3
}

/// How a column of choices is written, when there is more than one.
enum ChoiceForm {
    static let bytes: UInt8 = 1
    static let words: UInt8 = 2
    /// Only the records without the commonest value, each with its distance from the one before; the commonest one at
    /// the end.
    static let few: UInt8 = 3
}

/// The part of an id that is written.
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

    /// How many bytes are written.
    var bytes: Int {
        switch self {
        case .none, .derived: 0
        case .whole: 16
        case .part: 10
        case .low: 8
        }
    }
}
