import Bytes
import Database
import System
import Telemetry

/// A record file that is open for reading, as it is at one moment. Its contents are not trusted.
struct OpenRecords: ~Copyable {
    let name: RecordFileName
    let connection: Connection

    /// Runs `body` with a file; nil when it is gone, is empty, or can't be read, which is then added to `faults`.
    static func read<T>(
        _ name: RecordFileName,
        in folder: RecordFolder,
        _ faults: inout RecordFaults,
        _ body: (borrowing OpenRecords, inout RecordFaults) throws(DatabaseError) -> T
    ) -> T? {
        let path = folder.path(of: name)
        let file = DatabaseFile(path: path)
        do throws(DatabaseError) {
            let records = OpenRecords(name: name, connection: try open(path))
            let identities = file.identities()
            // Closing would remove a log by its name: by then it may be that of another file.
            defer {
                if file.identities().main != identities.main { records.connection.leaveFilesOnClose() }
            }
            let result = try records.connection.transaction(.reading, wrap: { $0 }) {
                () throws(DatabaseError) -> T? in
                let stamp = try records.connection.schemaStamp()
                if stamp != RecordSchema.stamp {
                    let isEmpty = try records.connection.isEmpty()
                    if isEmpty { return nil }
                    throw DatabaseError(.notADatabase, "it is a database of another program")
                }
                return try body(records, &faults)
            }
            return result
        } catch {
            if file.exists { faults.add(name, "\(error.summary); move it away when it isn't needed") }
            return nil
        }
    }

    private static func open(_ path: String) throws(DatabaseError) -> Connection {
        do throws(DatabaseError) {
            let connection = try Connection.open(.sqlite(path: path), access: .read, busyTimeoutMs: 1_000)
            // The index of the log is made at the first read.
            _ = try connection.schemaStamp()
            return connection
        } catch {
            // In a folder that may not be written there can be no index of the log; without a log none is needed.
            guard error.kind == .unavailable || error.kind == .readOnly, !Files.exists("\(path)-wal") else {
                throw error
            }
            return try Connection.openCopy(.sqlite(path: path), within: 30_000)
        }
    }
}

/// A block or a part of one, without its columns.
struct RecordChunk {
    let id: Int64
    let calls: Int
    let firstUs: Int64
    let lastUs: Int64
    let longestUs: UInt32
    /// Whether its calls are in no whole block yet.
    let isPart: Bool

    /// The number of the last call, plus one.
    var end: Int64 { id + Int64(calls) }

    static let damaged = "some of its calls are damaged"
}

extension OpenRecords {
    /// All blocks and parts with plausible rows that have calls from `number` on, in the order of their calls.
    borrowing func chunks(from number: Int64 = 0, _ faults: inout RecordFaults) throws(DatabaseError)
        -> [RecordChunk]
    {
        var chunks: [RecordChunk] = []
        var isDamaged = false
        for isPart in [false, true] {
            var statement = try Statement(
                isPart
                    ? "SELECT id, calls, first_us, last_us, longest_us FROM part WHERE id + calls > ? ORDER BY id"
                    : "SELECT id, calls, first_us, last_us, longest_us FROM block WHERE id > ? ORDER BY id",
                on: connection
            )
            try statement.bind([.integer(isPart ? number : number - Int64(RecordBlock.countMax))])
            while try statement.step() {
                let (id, calls) = (statement.row.int64(at: 0), statement.row.int64(at: 1))
                guard 0...1 << 40 ~= id, 1...Int64(RecordBlock.countMax) ~= calls, chunks.count < 1 << 20
                else {
                    isDamaged = true
                    continue
                }
                if id + calls <= number { continue }
                chunks.append(
                    RecordChunk(
                        id: id,
                        calls: Int(calls),
                        firstUs: statement.row.int64(at: 2),
                        lastUs: statement.row.int64(at: 3),
                        longestUs: UInt32(clamping: statement.row.int64(at: 4)),
                        isPart: isPart
                    )
                )
            }
        }
        if isDamaged { faults.add(name, RecordChunk.damaged) }
        return chunks
    }
}

/// Reads one run of columns from many chunks.
struct RunReader: ~Copyable {
    enum Run: String {
        case head, times, rest, ids
    }

    private var block: Statement
    private var part: Statement

    init(_ run: Run, of records: borrowing OpenRecords) throws(DatabaseError) {
        let block = try Statement(
            "SELECT bytes FROM block_\(run.rawValue) WHERE id = ? AND length(bytes) <= \(RecordBlock.bytesMax)",
            on: records.connection
        )
        let part = try Statement(
            "SELECT \(run.rawValue) FROM part WHERE id = ? AND length(\(run.rawValue)) <= \(RecordBlock.bytesMax)",
            on: records.connection
        )
        self.block = block
        self.part = part
    }

    /// The bytes of the run; empty, which no stored run is, when it is missing.
    mutating func bytes(of chunk: RecordChunk) throws(DatabaseError) -> [UInt8] {
        if chunk.isPart {
            part.reset()
            try part.bind(.integer(chunk.id), at: 0)
            return try part.step() ? part.row.blob(at: 0) ?? [] : []
        }
        block.reset()
        try block.bind(.integer(chunk.id), at: 0)
        return try block.step() ? block.row.blob(at: 0) ?? [] : []
    }
}
