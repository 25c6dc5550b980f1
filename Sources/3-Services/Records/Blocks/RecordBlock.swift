import Bytes
import Telemetry

/// Calls that are stored together, in the order in which they were handed over, as columns of compact bytes.
///
/// The columns lie in four runs of bytes, so that a query reads only what it needs: `head` has what queries select
/// by, `times` what they sort by, `ids` what one call is looked up by; `rest` is read for the calls that are shown.
/// Names are numbers of the file's tables: in the records that are written and read here, `key` is a row of `caller`,
/// `tool` one of `tool`, `code` one of `ending`; `subject`, `client`, `executedVersion` and `shape` are rows of
/// `text`, -1 for none; `tenant`, `asked` and `outcome` are not used.
struct RecordBlock {
    /// The calls of a whole block.
    static let calls = 1_024
    /// The most calls of a block, and the most bytes of a run, that a reader accepts; a block with more is damaged.
    static let countMax = 4_096
    static let bytesMax = countMax * 400
    private static let format: UInt8 = 1

    let calls: Int
    /// When the first and the last of its calls started.
    let firstUs: Int64
    let lastUs: Int64
    /// How long the longest of its calls took.
    let longestUs: UInt32
    let head: [UInt8]
    let times: [UInt8]
    let rest: [UInt8]
    let ids: [UInt8]

    /// Packs records, at least one.
    init(_ records: Span<CallRecord>, _ column: inout Column) {
        var first = Int64.max
        var last = Int64.min
        var longest: UInt32 = 0
        for index in records.indices {
            let startedAtUs = records[index].startedAtUs
            if startedAtUs < first { first = startedAtUs }
            if startedAtUs > last { last = startedAtUs }
            if records[index].endedUs > longest { longest = records[index].endedUs }
        }
        calls = records.count
        (firstUs, lastUs, longestUs) = (first, last, longest)

        var writer = ColumnWriter(in: &column)
        writer.append(Self.format)
        writer.choices(records, &column) { $0.key }
        writer.choices(records, &column) { $0.tool }
        writer.choices(records, &column) { $0.code }
        head = writer.take()

        writer.append(Self.format)
        writer.steps(records, &column) { $0.startedAtUs }
        writer.numbers(records, &column) { UInt64($0.endedUs) }
        writer.choices(records, &column) { $0.shape }
        times = writer.take()

        writer.append(Self.format)
        writer.choices(records, &column) { $0.subject }
        writer.choices(records, &column) { $0.client }
        writer.choices(records, &column) { $0.executedVersion }
        writer.choices(records, &column) { Int32($0.revision) << 8 | Int32($0.flags.rawValue) }
        writer.choices(records, &column) { Int32($0.attempts) }
        writer.numbers(records, &column) { UInt64($0.authorizedUs) }
        writer.numbers(records, &column) { UInt64($0.sentUs &- $0.authorizedUs) }
        writer.numbers(records, &column) { UInt64($0.endedUs &- $0.answeredUs) }
        writer.numbers(records, &column) { UInt64($0.bytesIn) }
        writer.numbers(records, &column) { UInt64($0.bytesOut) }
        writer.numbers(records, &column) { UInt64($0.billedMs) }
        writer.numbers(records, &column) { UInt64($0.memorySizeMB) }
        writer.numbers(records, &column) { UInt64($0.memoryUsedMB) }
        writer.numbers(records, &column) { UInt64($0.initUs) }
        writer.numbers(records, &column) { UInt64(bitPattern: $0.costNanoUSD) }
        writer.digests(records, &column) { $0.argumentsSHA256 }
        writer.digests(records, &column) { $0.resultSHA256 }
        rest = writer.take()

        writer.append(Self.format)
        writer.ids(records, &column) { record in
            let form: IDForm =
                if record.id.isNone { .none } else if record.hasTimeInID { .part } else { .whole }
            return (form, record.id.high, record.id.low)
        }
        writer.ids(records, &column) { ($0.traceID.form($0.id), $0.traceID.high, $0.traceID.low) }
        writer.ids(records, &column) { record in
            (record.spanID == 0 ? .none : record.spanID == record.id.low ? .derived : .low, 0, record.spanID)
        }
        writer.ids(records, &column) { ($0.parentSpanID == 0 ? .none : .low, 0, $0.parentSpanID) }
        writer.ids(records, &column) {
            ($0.lambdaRequestID.form($0.id), $0.lambdaRequestID.high, $0.lambdaRequestID.low)
        }
        ids = writer.take()
        writer.giveBack(to: &column)
    }
}

extension RecordBlock {
    /// The columns that queries select by.
    struct Head {
        let callers: Choices
        let tools: Choices
        let endings: Choices

        init(_ bytes: [UInt8], count: Int) throws(BlockFault) {
            var reader = try RecordBlock.reader(bytes, count: count)
            callers = try reader.choices()
            tools = try reader.choices()
            endings = try reader.choices()
            try reader.finish()
        }
    }

    /// The columns that queries sort by, in the order of the records, and the shapes of the arguments.
    struct Times {
        let startedAtUs: [Int64]
        let endedUs: [UInt32]
        let shapes: Choices

        init(_ bytes: [UInt8], count: Int) throws(BlockFault) {
            var reader = try RecordBlock.reader(bytes, count: count)
            var started = [Int64](repeating: 0, count: count)
            try reader.steps { index, value in started[index] = value }
            var ended = [UInt32](repeating: 0, count: count)
            try reader.numbers { index, value in ended[index] = UInt32(truncatingIfNeeded: value) }
            shapes = try reader.choices()
            try reader.finish()
            (startedAtUs, endedUs) = (started, ended)
        }
    }

    /// The four runs of a block.
    struct Runs {
        var head: [UInt8]
        var times: [UInt8]
        var rest: [UInt8]
        var ids: [UInt8]
    }

    var runs: Runs { Runs(head: head, times: times, rest: rest, ids: ids) }

    /// Records as they were packed.
    ///
    /// - Parameter positions: of the wanted ones in the block, rising; nil for all.
    static func records(
        _ runs: Runs,
        count: Int,
        at positions: [Int]? = nil
    ) throws(BlockFault) -> [CallRecord] {
        let head = try Head(runs.head, count: count)
        let times = try Times(runs.times, count: count)
        let positions = positions ?? Array(0..<count)
        guard positions.allSatisfy({ 0..<count ~= $0 }) else { throw BlockFault() }
        var records = [CallRecord](repeating: CallRecord(), count: positions.count)
        for (slot, index) in positions.enumerated() {
            records[slot].key = head.callers[index]
            records[slot].tool = head.tools[index]
            records[slot].code = head.endings[index]
            records[slot].startedAtUs = times.startedAtUs[index]
            records[slot].endedUs = times.endedUs[index]
            records[slot].shape = times.shapes[index]
        }
        var reader = try reader(runs.rest, count: count, wanting: positions)
        try Self.readChoices(&reader, positions, &records)
        try Self.readNumbers(&reader, &records)
        try reader.finish()
        reader = try Self.reader(runs.ids, count: count, wanting: positions)
        try Self.readIDs(&reader, &records)
        try reader.finish()
        return records
    }

    /// The positions of records that may have an id: as their own if `own` is set, else as that of their trace or of
    /// Lambda.
    static func positions(of id: ID128, own: Bool, _ ids: [UInt8], count: Int) throws(BlockFault) -> [Int] {
        var found: Set<Int> = []
        var reader = try reader(ids, count: count)
        // The upper half of the call's own id isn't stored in full, so it isn't compared.
        try reader.ids { index, _, _, low in if own, low == id.low { found.insert(index) } }
        try reader.ids { index, form, high, low in
            if !own, form == .whole, high == id.high, low == id.low { found.insert(index) }
        }
        try reader.ids { _, _, _, _ in }
        try reader.ids { _, _, _, _ in }
        try reader.ids { index, form, high, low in
            if !own, form == .whole, high == id.high, low == id.low { found.insert(index) }
        }
        return found.sorted()
    }

    static func reader(
        _ bytes: [UInt8],
        count: Int,
        wanting positions: [Int]? = nil
    ) throws(BlockFault) -> ColumnReader {
        var reader = try ColumnReader(bytes, count: count, wanting: positions)
        guard try reader.byte() == format else { throw BlockFault() }
        return reader
    }

    private static func readChoices(
        _ reader: inout ColumnReader,
        _ positions: [Int],
        _ records: inout [CallRecord]
    ) throws(BlockFault) {
        let subjects = try reader.choices()
        let (clients, versions) = (try reader.choices(), try reader.choices())
        let (kinds, attempts) = (try reader.choices(), try reader.choices())
        for (slot, index) in positions.enumerated() {
            records[slot].subject = subjects[index]
            records[slot].client = clients[index]
            records[slot].executedVersion = versions[index]
            records[slot].revision = UInt8(truncatingIfNeeded: kinds[index] >> 8)
            records[slot].flags = CallRecord.Flags(rawValue: UInt8(truncatingIfNeeded: kinds[index]))
            records[slot].attempts = UInt16(truncatingIfNeeded: attempts[index])
        }
    }

    private static func readNumbers(
        _ reader: inout ColumnReader,
        _ records: inout [CallRecord]
    ) throws(BlockFault) {
        try reader.numbers { records[$0].authorizedUs = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].sentUs = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].answeredUs = UInt32(truncatingIfNeeded: $1) }
        for slot in records.indices {
            records[slot].sentUs &+= records[slot].authorizedUs
            records[slot].answeredUs = records[slot].endedUs &- records[slot].answeredUs
        }
        try reader.numbers { records[$0].bytesIn = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].bytesOut = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].billedMs = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].memorySizeMB = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].memoryUsedMB = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].initUs = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].costNanoUSD = Int64(bitPattern: $1) }
        try reader.digests { records[$0].argumentsSHA256 = $1 }
        try reader.digests { records[$0].resultSHA256 = $1 }
    }

    private static func readIDs(
        _ reader: inout ColumnReader,
        _ records: inout [CallRecord]
    ) throws(BlockFault) {
        try reader.ids { slot, form, high, low in
            let start = UInt64(bitPattern: records[slot].startedMs) << 16
            records[slot].id = ID128(high: form == .part ? start | high : high, low: low)
        }
        try reader.ids { slot, form, high, low in
            records[slot].traceID = form == .derived ? records[slot].id : ID128(high: high, low: low)
        }
        try reader.ids { slot, form, _, low in
            records[slot].spanID = form == .derived ? records[slot].id.low : low
        }
        try reader.ids { slot, _, _, low in records[slot].parentSpanID = low }
        try reader.ids { slot, form, high, low in
            records[slot].lambdaRequestID = form == .derived ? records[slot].id : ID128(high: high, low: low)
        }
    }
}

extension CallRecord {
    /// The millisecond of the start, rounded down.
    fileprivate var startedMs: Int64 {
        startedAtUs / 1_000 - (startedAtUs % 1_000 < 0 ? 1 : 0)
    }

    /// Whether the id's first 48 bits are the millisecond of the start.
    fileprivate var hasTimeInID: Bool {
        // `startedMs` without its division.
        0..<1_000 ~= startedAtUs &- Int64(bitPattern: id.high >> 16) &* 1_000
    }
}

extension ID128 {
    /// The form in which the id is written, given the call's own id.
    fileprivate func form(_ own: ID128) -> IDForm {
        if high | low == 0 { return .none }
        return high == own.high && low == own.low ? .derived : .whole
    }
}
