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
                var unused = RecordFaults()
                var maker = try CallMaker(records, &unused)
                let made = try maker.calls(
                    inOrder.map { found[$0].number },
                    withBodies: withBodies,
                    in: records
                )
                for (index, call) in zip(inOrder, made) { calls[index] = call }
                if maker.isDamaged { faults.add(file, RecordChunk.damaged) }
            }
        }
        return calls.compactMap { $0 }
    }
}

/// Builds calls, with their names, from a file.
struct CallMaker: ~Copyable {
    let chunks: [RecordChunk]
    private var heads: RunReader
    private var times: RunReader
    private var rests: RunReader
    private var ids: RunReader
    private var names = RowNames()
    private(set) var isDamaged = false

    init(_ records: borrowing OpenRecords, _ faults: inout RecordFaults) throws(DatabaseError) {
        let chunks = try records.chunks(&faults)
        let heads = try RunReader(.head, of: records)
        let times = try RunReader(.times, of: records)
        let rests = try RunReader(.rest, of: records)
        let ids = try RunReader(.ids, of: records)
        self.chunks = chunks
        self.heads = heads
        self.times = times
        self.rests = rests
        self.ids = ids
    }

    /// Calls by their numbers, which rise; nil for one that can't be read, or is gone.
    mutating func calls(
        _ numbers: [Int64],
        withBodies: Bool,
        in records: borrowing OpenRecords
    ) throws(DatabaseError) -> [RecordedCall?] {
        var calls: [RecordedCall?] = []
        var rest = numbers[...]
        while let number = rest.first {
            guard let chunk = chunk(of: number) else {
                calls.append(nil)
                rest = rest.dropFirst()
                continue
            }
            let together = rest.prefix { $0 < chunk.end }
            let found = self.records(of: chunk, at: together.map { Int($0 - chunk.id) })
            for (index, number) in together.enumerated() {
                var call = try found.map { (found) throws(DatabaseError) in
                    try names.call(found[index], in: records)
                }
                if withBodies { try Self.addBody(to: &call, number, in: records) }
                calls.append(call)
            }
            rest = rest.dropFirst(together.count)
        }
        return calls
    }

    private static func addBody(
        to call: inout RecordedCall?,
        _ number: Int64,
        in records: borrowing OpenRecords
    ) throws(DatabaseError) {
        var statement = try Statement(
            "SELECT arguments, result FROM body WHERE id = ?",
            on: records.connection
        )
        try statement.bind([.integer(number)])
        if try statement.step() {
            call?.arguments = statement.row.text(at: 0)
            call?.result = statement.row.text(at: 1)
        }
    }

    /// The chunk with the call of that number; nil when there is none.
    private func chunk(of number: Int64) -> RecordChunk? {
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].id <= number { low = middle + 1 } else { high = middle }
        }
        return low > 0 && number < chunks[low - 1].end ? chunks[low - 1] : nil
    }

    /// Records of a chunk by their positions; nil when they are damaged.
    mutating func records(of chunk: RecordChunk, at positions: [Int]) -> [CallRecord]? {
        // A damaged page costs only the calls that are in it.
        let runs = RecordBlock.Runs(
            head: (try? heads.bytes(of: chunk)) ?? [],
            times: (try? times.bytes(of: chunk)) ?? [],
            rest: (try? rests.bytes(of: chunk)) ?? [],
            ids: (try? ids.bytes(of: chunk)) ?? []
        )
        let records = try? RecordBlock.records(runs, count: chunk.calls, at: positions)
        if records == nil { isDamaged = true }
        return records
    }

    /// The positions of records of a chunk that may have an id.
    mutating func positions(of id: ID128, own: Bool, in chunk: RecordChunk) -> [Int] {
        let bytes = (try? ids.bytes(of: chunk)) ?? []
        let found = try? RecordBlock.positions(of: id, own: own, bytes, count: chunk.calls)
        if found == nil { isDamaged = true }
        return found ?? []
    }
}

/// The names in the rows of a file's tables, read as they are needed and kept.
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
