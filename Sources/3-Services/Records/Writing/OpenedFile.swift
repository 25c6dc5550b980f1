import Bytes
import Database
import System
import Telemetry

/// Why a record file can't be written.
enum FileFault: Error {
    /// The file there can't be used, now or later; another file can.
    case unusable(String)
    /// Nothing can be written there at present.
    case unavailable(String)

    var reason: String {
        switch self {
        case .unusable(let reason), .unavailable(let reason): reason
        }
    }

    init(_ error: DatabaseError, _ file: DatabaseFile) {
        switch error.kind {
        // A statement that can't be run means tables that aren't as they should be.
        case .notADatabase, .corrupt, .constraint, .other: self = .unusable(error.summary)
        default:
            switch file.problem() {
            case .isDirectory: self = .unusable("it is a folder")
            case .notWritable: self = .unusable("it is not writable")
            case .directoryMissing(let path): self = .unavailable("there is no folder \(path)")
            case .directoryNotWritable(let path): self = .unavailable("\(path) is not writable")
            case nil: self = .unavailable(error.summary)
            }
        }
    }
}

/// A record file just opened for writing, with everything that its writer must know about its contents.
struct OpenedFile: ~Copyable {
    let name: RecordFileName
    let file: DatabaseFile
    let connection: Connection
    let identities: DatabaseFile.Identities
    let names: FileNames
    /// The number of the first call that is in no whole block.
    let first: Int64
    /// The calls that are in no whole block.
    let records: [CallRecord]
    /// The parts that they are in.
    let parts: [(id: Int64, calls: Int)]

    /// Opens a file, or makes it.
    ///
    /// New records follow the last one in the file. A file whose end can't be determined for sure isn't written.
    static func open(_ name: RecordFileName, in folder: RecordFolder) throws(FileFault) -> OpenedFile {
        let path = folder.path(of: name)
        let status = Files.status(path, followingLinks: false)
        if let status, status.kind != .file {
            throw .unusable(status.kind == .folder ? "it is a folder" : "it is not a regular file")
        }
        let file = DatabaseFile(path: path)
        do throws(DatabaseError) {
            // Nothing is changed in a database of another program, not even its way of keeping a log.
            if let status, status.bytes > 0 { try check(path) }
            let connection = try Connection.open(
                .sqlite(path: path),
                busyTimeoutMs: 2_000,
                pageBytes: RecordSchema.pageBytes
            )
            try connection.transaction(.writing, wrap: { $0 }) { () throws(DatabaseError) in
                if try isNew(connection) {
                    try connection.execute(RecordSchema.tables)
                    try connection.setSchemaStamp(RecordSchema.stamp)
                }
            }
            let names = try names(on: connection)
            let whole = try connection.integer("SELECT id + calls FROM block ORDER BY id DESC LIMIT 1") ?? 0
            guard 0...1 << 40 ~= whole else { throw damaged }
            let (records, parts) = try tail(from: whole, on: connection)
            guard records.allSatisfy({ names.have($0) }) else { throw damaged }
            return OpenedFile(
                name: name,
                file: file,
                connection: connection,
                identities: file.identities(),
                names: names,
                first: whole,
                records: records,
                parts: parts
            )
        } catch {
            throw FileFault(error, file)
        }
    }

    private static func check(_ path: String) throws(DatabaseError) {
        let connection = try Connection.open(.sqlite(path: path), access: .read, busyTimeoutMs: 2_000)
        _ = try isNew(connection)
    }

    private static func isNew(_ connection: borrowing Connection) throws(DatabaseError) -> Bool {
        let stamp = try connection.schemaStamp()
        if stamp == RecordSchema.stamp { return false }
        let isEmpty = try connection.isEmpty()
        guard isEmpty, stamp == SchemaStamp(application: 0, version: 0) else {
            throw DatabaseError(.notADatabase, "it is a database of another program")
        }
        return true
    }

    private static let damaged = DatabaseError(.corrupt, "its rows don't fit together")

    private static func names(on connection: borrowing Connection) throws(DatabaseError) -> FileNames {
        let callers = try rows("SELECT id, tenant_id, tenant, key_prefix FROM caller ORDER BY id", connection)
        {
            CallerRow(tenantID: $0.int64(at: 1), tenant: $0.text(at: 2) ?? "", key: $0.text(at: 3))
        }
        let tools = try rows(
            "SELECT id, target, name, exposed_name, sha256 FROM tool ORDER BY id",
            connection
        ) {
            ToolRow(
                target: $0.text(at: 1),
                name: $0.text(at: 2),
                exposedName: $0.text(at: 3) ?? "",
                sha256: $0.blob(at: 4).flatMap { Digest($0) }
            )
        }
        let endings = try rows("SELECT id, outcome, code FROM ending ORDER BY id", connection) {
            EndingRow(outcome: UInt8(truncatingIfNeeded: $0.int64(at: 1)), code: $0.text(at: 2))
        }
        let texts = try rows("SELECT id, text FROM text ORDER BY id", connection) { $0.text(at: 1) ?? "" }
        let names = FileNames(callers: callers, tools: tools, endings: endings, texts: texts)
        // A row that is there twice would shift the numbers.
        guard names.callers.count == callers.count, names.tools.count == tools.count,
            names.endings.count == endings.count, names.texts.count == texts.count
        else { throw damaged }
        return names
    }

    /// Reads rows whose ids are 0, 1, 2 and so on.
    private static func rows<T>(
        _ sql: String,
        _ connection: borrowing Connection,
        _ read: (borrowing Row) -> T
    ) throws(DatabaseError) -> [T] {
        var rows: [T] = []
        var statement = try Statement(sql, on: connection)
        while try statement.step() {
            guard statement.row.int64(at: 0) == rows.count, rows.count < 1 << 20 else { throw damaged }
            rows.append(read(statement.row))
        }
        return rows
    }

    private static func tail(
        from first: Int64,
        on connection: borrowing Connection
    ) throws(DatabaseError) -> (records: [CallRecord], parts: [(id: Int64, calls: Int)]) {
        var records: [CallRecord] = []
        var parts: [(id: Int64, calls: Int)] = []
        var statement = try Statement(
            "SELECT id, calls, head, times, rest, ids FROM part ORDER BY id",
            on: connection
        )
        while try statement.step() {
            let (id, calls) = (statement.row.int64(at: 0), Int(statement.row.int64(at: 1)))
            guard id == first + Int64(records.count), 1...RecordBlock.countMax ~= calls else { throw damaged }
            do throws(BlockFault) {
                let runs = RecordBlock.Runs(
                    head: statement.row.blob(at: 2) ?? [],
                    times: statement.row.blob(at: 3) ?? [],
                    rest: statement.row.blob(at: 4) ?? [],
                    ids: statement.row.blob(at: 5) ?? []
                )
                records += try RecordBlock.records(runs, count: calls)
            } catch { throw damaged }
            parts.append((id, calls))
            guard records.count <= RecordBlock.countMax else { throw damaged }
        }
        return (records, parts)
    }
}
