import Bytes
import Telemetry

/// Calls that are stored together, in the order in which they were handed over, as columns of compact bytes.
///
/// The columns lie in three runs of bytes, so that a query reads what it needs: `head` is what queries select by, `times`
/// what they sort by, `rest` is read for the calls that are shown. Names are numbers of the file's tables: in the records
/// that are written and read here, `key` is a row of `caller`, `tool` one of `tool`, `code` one of `ending`; `subject`,
/// `client`, `executedVersion` and `shape` are rows of `text`, -1 for none; `tenant`, `asked` and `outcome` say nothing.
struct RecordBlock {
    /// In a whole block.
    static let calls = 1_024
    /// What a reader believes: a block of more is damaged, and so are bytes of more than this for each of its calls.
    static let countMax = 4_096
    static let bytesMax = countMax * 400
    private static let format: UInt8 = 1

    let calls: Int
    /// When the first and the last of its calls started.
    let firstUs: Int64
    let lastUs: Int64
    /// Of the call that took longest.
    let longestUs: UInt32
    let head: [UInt8]
    let times: [UInt8]
    let rest: [UInt8]
    /// Which traces and requests to Lambda the block has.
    let ids: IDFilter

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

        var head = ColumnWriter()
        head.append(Self.format)
        head.choices(records, &column) { $0.key }
        head.choices(records, &column) { $0.tool }
        head.choices(records, &column) { $0.code }
        self.head = head.bytes

        var times = ColumnWriter()
        times.append(Self.format)
        times.steps(records, &column) { $0.startedAtUs }
        times.numbers(records, &column) { UInt64($0.endedUs) }
        times.choices(records, &column) { $0.shape }
        self.times = times.bytes

        var rest = ColumnWriter()
        rest.append(Self.format)
        rest.choices(records, &column) { $0.subject }
        rest.choices(records, &column) { $0.client }
        rest.choices(records, &column) { $0.executedVersion }
        rest.choices(records, &column) { Int32($0.revision) << 8 | Int32($0.flags.rawValue) }
        rest.choices(records, &column) { Int32($0.attempts) }
        rest.numbers(records, &column) { UInt64($0.authorizedUs) }
        rest.numbers(records, &column) { UInt64($0.sentUs &- $0.authorizedUs) }
        rest.numbers(records, &column) { UInt64($0.endedUs &- $0.answeredUs) }
        rest.numbers(records, &column) { UInt64($0.bytesIn) }
        rest.numbers(records, &column) { UInt64($0.bytesOut) }
        rest.numbers(records, &column) { UInt64($0.billedMs) }
        rest.numbers(records, &column) { UInt64($0.memorySizeMB) }
        rest.numbers(records, &column) { UInt64($0.memoryUsedMB) }
        rest.numbers(records, &column) { UInt64($0.initUs) }
        rest.numbers(records, &column) { UInt64(bitPattern: $0.costNanoUSD) }
        rest.ids(records, &column) { record in
            let form: IDForm =
                if record.id.isNone { .none } else if record.hasTimeInID { .part } else { .whole }
            return (form, record.id.high, record.id.low)
        }
        rest.ids(records, &column) { ($0.traceID.form($0.id), $0.traceID.high, $0.traceID.low) }
        rest.ids(records, &column) { record in
            (record.spanID == 0 ? .none : record.spanID == record.id.low ? .derived : .low, 0, record.spanID)
        }
        rest.ids(records, &column) { ($0.parentSpanID == 0 ? .none : .low, 0, $0.parentSpanID) }
        rest.ids(records, &column) {
            ($0.lambdaRequestID.form($0.id), $0.lambdaRequestID.high, $0.lambdaRequestID.low)
        }
        rest.digests(records, &column) { $0.argumentsSHA256 }
        rest.digests(records, &column) { $0.resultSHA256 }
        self.rest = rest.bytes
        ids = IDFilter(records)
    }
}

extension RecordBlock {
    /// What queries select by.
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

    /// What queries sort by, in the order of the records, and the shapes of the arguments.
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

    /// All records of a block, as they were packed.
    static func records(
        _ head: [UInt8],
        _ times: [UInt8],
        _ rest: [UInt8],
        count: Int
    ) throws(BlockFault) -> [CallRecord] {
        let head = try Head(head, count: count)
        let times = try Times(times, count: count)
        var records = [CallRecord](repeating: CallRecord(), count: count)
        for index in 0..<count {
            records[index].key = head.callers[index]
            records[index].tool = head.tools[index]
            records[index].code = head.endings[index]
            records[index].startedAtUs = times.startedAtUs[index]
            records[index].endedUs = times.endedUs[index]
            records[index].shape = times.shapes[index]
        }
        var reader = try reader(rest, count: count)
        try Self.readChoices(&reader, &records)
        try Self.readNumbers(&reader, &records)
        try Self.readIDs(&reader, &records)
        try reader.finish()
        return records
    }

    static func reader(_ bytes: [UInt8], count: Int) throws(BlockFault) -> ColumnReader {
        var reader = try ColumnReader(bytes, count: count)
        guard try reader.byte() == format else { throw BlockFault() }
        return reader
    }

    private static func readChoices(
        _ reader: inout ColumnReader,
        _ records: inout [CallRecord]
    ) throws(BlockFault) {
        let subjects = try reader.choices()
        let (clients, versions) = (try reader.choices(), try reader.choices())
        let (kinds, attempts) = (try reader.choices(), try reader.choices())
        for index in records.indices {
            records[index].subject = subjects[index]
            records[index].client = clients[index]
            records[index].executedVersion = versions[index]
            records[index].revision = UInt8(truncatingIfNeeded: kinds[index] >> 8)
            records[index].flags = CallRecord.Flags(rawValue: UInt8(truncatingIfNeeded: kinds[index]))
            records[index].attempts = UInt16(truncatingIfNeeded: attempts[index])
        }
    }

    private static func readNumbers(
        _ reader: inout ColumnReader,
        _ records: inout [CallRecord]
    ) throws(BlockFault) {
        try reader.numbers { records[$0].authorizedUs = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].sentUs = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].answeredUs = UInt32(truncatingIfNeeded: $1) }
        for index in records.indices {
            records[index].sentUs &+= records[index].authorizedUs
            records[index].answeredUs = records[index].endedUs &- records[index].answeredUs
        }
        try reader.numbers { records[$0].bytesIn = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].bytesOut = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].billedMs = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].memorySizeMB = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].memoryUsedMB = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].initUs = UInt32(truncatingIfNeeded: $1) }
        try reader.numbers { records[$0].costNanoUSD = Int64(bitPattern: $1) }
    }

    private static func readIDs(
        _ reader: inout ColumnReader,
        _ records: inout [CallRecord]
    ) throws(BlockFault) {
        try reader.ids { index, form, high, low in
            let start = UInt64(bitPattern: records[index].startedMs) << 16
            records[index].id = ID128(high: form == .part ? start | high : high, low: low)
        }
        try reader.ids { index, form, high, low in
            records[index].traceID = form == .derived ? records[index].id : ID128(high: high, low: low)
        }
        try reader.ids { index, form, _, low in
            records[index].spanID = form == .derived ? records[index].id.low : low
        }
        try reader.ids { index, _, _, low in records[index].parentSpanID = low }
        try reader.ids { index, form, high, low in
            records[index].lambdaRequestID =
                form == .derived ? records[index].id : ID128(high: high, low: low)
        }
        try reader.digests { records[$0].argumentsSHA256 = $1 }
        try reader.digests { records[$0].resultSHA256 = $1 }
    }
}

extension CallRecord {
    /// The millisecond of the start, rounded down.
    fileprivate var startedMs: Int64 {
        startedAtUs / 1_000 - (startedAtUs % 1_000 < 0 ? 1 : 0)
    }

    /// Whether the id's first 48 bits are the millisecond of the start.
    fileprivate var hasTimeInID: Bool { id.high >> 16 == UInt64(bitPattern: startedMs) }
}

extension ID128 {
    /// What of it is written when the call's own id is known.
    fileprivate func form(_ own: ID128) -> IDForm { isNone ? .none : self == own ? .derived : .whole }
}
