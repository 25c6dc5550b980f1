import Bytes
import Calendar
import Database
import System
import Telemetry

/// Records of one batch that belong into the same file.
struct BatchShare {
    let batch: CallBatch
    /// nil for all of them.
    let positions: [Int]?

    var count: Int { positions?.count ?? batch.records.count }
}

/// A record file that is open for writing. For one thread.
final class DayFile {
    /// The most parts that a file may have.
    private static let partsMax = 16

    let name: RecordFileName
    private let connection: Connection
    private let file: DatabaseFile
    private let identities: DatabaseFile.Identities
    private let keeper: any BodyKeeper

    private var names: FileNames
    /// The numbers for the names of the states that batches came from lately, the latest last.
    private var numbers: [NameNumbers] = []
    /// The number of the first call of `records`.
    private var first: Int64
    /// Calls that are in no whole block yet.
    private var records: [CallRecord]
    /// How many of these the file has, in parts.
    private var storedCount: Int
    private var parts: [(id: Int64, calls: Int)]
    private var bodies: [(id: Int64, body: KeptBody)] = []
    /// The shares that the unstored records come from.
    private(set) var unstored: [BatchShare] = []
    private var column = Column()

    init(_ opened: consuming OpenedFile, keeper: any BodyKeeper) {
        name = opened.name
        names = opened.names
        first = opened.first
        parts = opened.parts
        storedCount = opened.records.count
        records = opened.records
        records.reserveCapacity(2 * RecordBlock.calls)
        file = opened.file
        identities = opened.identities
        self.keeper = keeper
        connection = opened.connection
    }

    /// Whether its path still leads to it. Three system calls.
    var isInPlace: Bool { file.identities() == identities }

    /// To be called before a file that isn't in its place any more is given up: what lies there isn't ours.
    func leave() { connection.leaveFilesOnClose() }

    /// Records that would go into the file with the next write.
    var unstoredCount: Int { records.count - storedCount }

    /// Takes over a share, to be written with the next ones.
    func add(_ share: BatchShare) {
        let last = moveToEnd(share.batch.names)
        let body = Appending(keeper: keeper, first: first)
        body.append(share, &records, &bodies, &names, &numbers[last])
        unstored.append(share)
    }

    /// Moves a state's names to the end of `numbers`, and returns their position.
    private func moveToEnd(_ names: CallNames) -> Int {
        if numbers.last?.names !== names {
            if let index = numbers.firstIndex(where: { $0.names === names }) {
                numbers.append(numbers.remove(at: index))
            } else {
                numbers.append(NameNumbers(names))
                if numbers.count > 4 { numbers.removeFirst() }
            }
        }
        return numbers.count - 1
    }

    /// Writes what was added: all of it, or only whole blocks. One transaction; after a failure all is as before.
    ///
    /// - Returns: how many records were stored.
    func write(wholeBlocksAlone: Bool) throws(DatabaseError) -> Int {
        if wholeBlocksAlone, records.count < RecordBlock.calls { return 0 }
        guard unstoredCount > 0 else { return 0 }
        var start = 0
        var parts = parts
        var column = Column()
        swap(&column, &self.column)
        defer { self.column = column }
        try connection.transaction(.writing, wrap: { $0 }) { () throws(DatabaseError) in
            try writeNames()
            if records.count >= RecordBlock.calls {
                try connection.run("DELETE FROM part", [])
                parts = []
            }
            while records.count - start >= RecordBlock.calls {
                let held = records
                let whole = held.span.extracting(start..<start + RecordBlock.calls)
                let block = RecordBlock(whole, &column)
                try write(block, IDFilter(whole), id: first + Int64(start))
                start += RecordBlock.calls
            }
            var end = max(start, storedCount)
            if end < records.count {
                // All parts are joined now and then, so that a reader finds few; joining them each time would cost
                // too much.
                if parts.count >= Self.partsMax {
                    end = 0
                    try connection.run("DELETE FROM part", [])
                    parts = []
                }
                let held = records
                let part = RecordBlock(held.span.extracting(end..<records.count), &column)
                try write(part: part, id: first + Int64(end))
                parts.append((first + Int64(end), records.count - end))
            }
            for (id, body) in bodies {
                try connection.run(
                    "INSERT INTO body (id, arguments, result) VALUES (?, ?, ?)",
                    [.integer(id), Value(body.arguments), Value(body.result)]
                )
            }
        }
        let written = unstoredCount
        self.parts = parts
        records.removeFirst(start)
        first += Int64(start)
        storedCount = records.count
        unstored.removeAll()
        bodies.removeAll()
        names.written()
        return written
    }

    private func writeNames() throws(DatabaseError) {
        for (index, row) in names.callers.pending.enumerated() {
            try connection.run(
                "INSERT INTO caller (id, tenant_id, tenant, key_prefix) VALUES (?, ?, ?, ?)",
                [
                    Value(names.callers.firstPending + index), .integer(row.tenantID), .text(row.tenant),
                    Value(row.key),
                ]
            )
        }
        for (index, row) in names.tools.pending.enumerated() {
            try connection.run(
                "INSERT INTO tool (id, target, name, exposed_name, sha256) VALUES (?, ?, ?, ?, ?)",
                [
                    Value(names.tools.firstPending + index), Value(row.target), Value(row.name),
                    .text(row.exposedName), row.sha256.map { .blob($0.bytes) } ?? .null,
                ]
            )
        }
        for (index, row) in names.endings.pending.enumerated() {
            try connection.run(
                "INSERT INTO ending (id, outcome, code) VALUES (?, ?, ?)",
                [Value(names.endings.firstPending + index), Value(Int(row.outcome)), Value(row.code)]
            )
        }
        for (index, text) in names.texts.pending.enumerated() {
            try connection.run(
                "INSERT INTO text (id, text) VALUES (?, ?)",
                [Value(names.texts.firstPending + index), .text(text)]
            )
        }
    }

    /// - Parameter filter: which traces and requests to Lambda the block has.
    private func write(_ block: RecordBlock, _ filter: IDFilter, id: Int64) throws(DatabaseError) {
        try connection.run(
            "INSERT INTO block (id, calls, first_us, last_us, longest_us) VALUES (?, ?, ?, ?, ?)",
            [
                .integer(id), Value(block.calls), .integer(block.firstUs), .integer(block.lastUs),
                .integer(Int64(block.longestUs)),
            ]
        )
        for (table, bytes) in [
            ("block_head", block.head), ("block_times", block.times), ("block_rest", block.rest),
            ("block_ids", block.ids), ("block_filter", filter.bytes),
        ] {
            try connection.run(
                "INSERT INTO \(table) (id, bytes) VALUES (?, ?)",
                [.integer(id), .blob(bytes)]
            )
        }
    }

    private func write(part block: RecordBlock, id: Int64) throws(DatabaseError) {
        try connection.run(
            """
            INSERT INTO part (id, calls, first_us, last_us, longest_us, head, times, rest, ids)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(id), Value(block.calls), .integer(block.firstUs), .integer(block.lastUs),
                .integer(Int64(block.longestUs)), .blob(block.head), .blob(block.times), .blob(block.rest),
                .blob(block.ids),
            ]
        )
    }
}

extension Connection {
    /// Runs one statement that gives no rows.
    borrowing func run(_ sql: String, _ values: [Value]) throws(DatabaseError) {
        var statement = try Statement(sql, on: self)
        try statement.bind(values)
        _ = try statement.step()
    }
}
