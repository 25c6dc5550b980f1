import Bytes
import Database
import Telemetry

extension RecordReader {
    /// The calls that were found, in their order; without those that can't be read, or are gone by now.
    func recordedCalls(
        _ found: [FoundCall],
        withBodies: Bool = false,
        _ faults: inout RecordFaults
    ) -> [RecordedCall] {
        var calls = [RecordedCall?](repeating: nil, count: found.count)
        let byFile = Dictionary(grouping: found.indices) { found[$0].file }
        for (file, indices) in byFile.sorted(by: { $0.key > $1.key }) {
            let inOrder = indices.sorted { found[$0].number < found[$1].number }
            _ = OpenRecords.read(file, in: folder, &faults) { records, faults throws(DatabaseError) in
                var maker = try CallMaker(records)
                for index in inOrder {
                    calls[index] = try maker.call(found[index].number, withBodies: withBodies, in: records)
                }
                if maker.isDamaged { faults.add(file, RecordChunk.damaged) }
            }
        }
        return calls.compactMap { $0 }
    }
}

/// Makes calls with their names out of a file, in the order of their numbers.
struct CallMaker: ~Copyable {
    private var runs: (chunk: RecordChunk, records: [CallRecord])?
    private let chunks: [RecordChunk]
    private var heads: RunReader
    private var times: RunReader
    private var rests: RunReader
    private var names: RowNames
    private(set) var isDamaged = false

    init(_ records: borrowing OpenRecords) throws(DatabaseError) {
        var unused = RecordFaults()
        let chunks = try records.chunks(&unused)
        let heads = try RunReader(.head, of: records)
        let times = try RunReader(.times, of: records)
        let rests = try RunReader(.rest, of: records)
        self.chunks = chunks
        self.heads = heads
        self.times = times
        self.rests = rests
        names = RowNames()
    }

    /// nil when it can't be read.
    mutating func call(
        _ number: Int64,
        withBodies: Bool,
        in records: borrowing OpenRecords
    ) throws(DatabaseError) -> RecordedCall? {
        guard let (chunk, decoded) = run(of: number) else { return nil }
        let record = decoded[Int(number - chunk.id)]
        var call = try names.call(record, in: records)
        if withBodies {
            var statement = try Statement(
                "SELECT arguments, result FROM body WHERE id = ?",
                on: records.connection
            )
            try statement.bind([.integer(number)])
            if try statement.step() {
                call.arguments = statement.row.text(at: 0)
                call.result = statement.row.text(at: 1)
            }
        }
        return call
    }

    /// All records of a chunk; nil when they are damaged.
    mutating func records(of chunk: RecordChunk) -> [CallRecord]? {
        // A damaged page costs the calls that are in it.
        let head = (try? heads.bytes(of: chunk)) ?? []
        let times = (try? times.bytes(of: chunk)) ?? []
        let rest = (try? rests.bytes(of: chunk)) ?? []
        let records = try? RecordBlock.records(head, times, rest, count: chunk.calls)
        if records == nil { isDamaged = true }
        return records
    }

    private mutating func run(of number: Int64) -> (chunk: RecordChunk, records: [CallRecord])? {
        if let runs, runs.chunk.id <= number, number < runs.chunk.end { return runs }
        guard let chunk = chunks.first(where: { $0.id <= number && number < $0.end }),
            let records = records(of: chunk)
        else { return nil }
        runs = (chunk, records)
        return runs
    }
}

/// The names that rows of a file's tables stand for, as far as they were asked for.
struct RowNames {
    private var callers: [Int32: CallerRow] = [:]
    private var tools: [Int32: ToolRow] = [:]
    private var endings: [Int32: EndingRow] = [:]
    private var texts: [Int32: String] = [:]

    mutating func call(
        _ stored: CallRecord,
        in records: borrowing OpenRecords
    ) throws(DatabaseError) -> RecordedCall {
        let caller = try caller(stored.key, in: records)
        let tool = try tool(stored.tool, in: records)
        let ending = try ending(stored.code, in: records)
        var record = stored
        record.outcome = ending.outcome
        var call = RecordedCall(record: record, tenant: caller.tenant, exposedName: tool.exposedName)
        call.tenantID = caller.tenantID
        call.key = caller.key
        call.target = tool.target
        call.tool = tool.name
        call.definitionSHA256 = tool.sha256
        call.code = ending.code
        call.subject = try text(stored.subject, in: records)
        call.client = try text(stored.client, in: records)
        call.executedVersion = try text(stored.executedVersion, in: records)
        call.shape = try text(stored.shape, in: records)
        return call
    }

    mutating func caller(_ id: Int32, in records: borrowing OpenRecords) throws(DatabaseError) -> CallerRow {
        if let row = callers[id] { return row }
        var statement = try Statement(
            "SELECT tenant_id, tenant, key_prefix FROM caller WHERE id = ?",
            on: records.connection
        )
        try statement.bind([.integer(Int64(id))])
        var row = CallerRow(tenantID: 0, tenant: "", key: nil)
        if try statement.step() {
            row.tenantID = statement.row.int64(at: 0)
            row.tenant = statement.row.text(at: 1) ?? ""
            row.key = statement.row.text(at: 2)
        }
        callers[id] = row
        return row
    }

    private mutating func tool(_ id: Int32, in records: borrowing OpenRecords) throws(DatabaseError)
        -> ToolRow
    {
        if let row = tools[id] { return row }
        var statement = try Statement(
            "SELECT target, name, exposed_name, sha256 FROM tool WHERE id = ?",
            on: records.connection
        )
        try statement.bind([.integer(Int64(id))])
        var row = ToolRow(exposedName: "")
        if try statement.step() {
            row.target = statement.row.text(at: 0)
            row.name = statement.row.text(at: 1)
            row.exposedName = statement.row.text(at: 2) ?? ""
            row.sha256 = statement.row.blob(at: 3).flatMap { Digest($0) }
        }
        tools[id] = row
        return row
    }

    mutating func ending(_ id: Int32, in records: borrowing OpenRecords) throws(DatabaseError) -> EndingRow {
        if let row = endings[id] { return row }
        var statement = try Statement("SELECT outcome, code FROM ending WHERE id = ?", on: records.connection)
        try statement.bind([.integer(Int64(id))])
        // An outcome that isn't known is read as one that went wrong.
        var row = EndingRow(outcome: UInt8(CallOutcome.badAnswer.rawValue))
        if try statement.step() {
            let outcome = Int(clamping: statement.row.int64(at: 0))
            if CallOutcome(rawValue: outcome) != nil { row.outcome = UInt8(outcome) }
            row.code = statement.row.text(at: 1)
        }
        endings[id] = row
        return row
    }

    mutating func text(_ id: Int32, in records: borrowing OpenRecords) throws(DatabaseError) -> String? {
        if id < 0 { return nil }
        if let text = texts[id] { return text }
        var statement = try Statement("SELECT text FROM text WHERE id = ?", on: records.connection)
        try statement.bind([.integer(Int64(id))])
        guard try statement.step(), let text = statement.row.text(at: 0) else { return nil }
        texts[id] = text
        return text
    }
}
