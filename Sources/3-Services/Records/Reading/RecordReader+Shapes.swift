import Database
import Telemetry

/// The calls whose arguments are asked for.
package struct ShapeQuery: Sendable, Equatable {
    package var target: String
    /// The target's own name for the tool.
    package var tool: String
    /// Microseconds since 1970; nil for all that is kept.
    package var sinceUs: Int64?

    package init(target: String, tool: String, sinceUs: Int64? = nil) {
        self.target = target
        self.tool = tool
        self.sinceUs = sinceUs
    }
}

/// The arguments that a tool was called with, by shape and tenant.
package struct RecordedShapes: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        /// The shape as `ArgumentShape` writes it.
        package let shape: String
        package let tenant: String
        package let tenantID: Int64
        /// Calls that ended well.
        package internal(set) var calls: Int
        /// All other calls.
        package internal(set) var failedCalls: Int
        /// When the latest call started, in microseconds since 1970.
        package internal(set) var lastUs: Int64
    }

    /// The shape of the latest call comes first.
    package var rows: [Row] = []
    /// Calls whose shape wasn't recorded.
    package var callsWithoutShape = 0
    /// Whether there are more rows than are listed.
    package var isCut = false
    package var faults: [String] = []

    package init() {}

    static let rowsMax = 10_000
}

extension RecordReader {
    /// As `argumentShapes(of:)`, on the caller's thread.
    package func blockingShapes(_ query: ShapeQuery) -> RecordedShapes {
        var faults = RecordFaults()
        var answer = RecordedShapes()
        var sums: [ShapeKey: RecordedShapes.Row] = [:]
        for file in files(sinceUs: query.sinceUs, untilUs: nil, &faults) {
            _ = OpenRecords.read(file.name, in: folder, &faults) { records, faults throws(DatabaseError) in
                try records.addShapes(query, to: &sums, &answer, &faults)
            }
        }
        answer.rows = sums.values.sorted {
            ($0.lastUs, $1.shape, $1.tenantID) > ($1.lastUs, $0.shape, $0.tenantID)
        }
        answer.faults = faults.all
        return answer
    }
}

struct ShapeKey: Hashable {
    let shape: String
    let tenantID: Int64
    let tenant: String
}

extension OpenRecords {
    fileprivate borrowing func addShapes(
        _ query: ShapeQuery,
        to sums: inout [ShapeKey: RecordedShapes.Row],
        _ answer: inout RecordedShapes,
        _ faults: inout RecordFaults
    ) throws(DatabaseError) {
        guard let filter = try CallFilter(target: query.target, tool: query.tool, in: self) else { return }
        var time = CallQuery()
        time.sinceUs = query.sinceUs
        var scanner = try ChunkScanner(filter, time, of: self)
        var names = RowNames()
        for chunk in try chunks(&faults) {
            guard let hits = scanner.hits(chunk),
                let head = try? RecordBlock.Head(hits.head, count: chunk.calls)
            else { continue }
            for position in hits.positions {
                let index = Int(position)
                guard let shape = try names.text(hits.times.shapes[index], in: self) else {
                    answer.callsWithoutShape += 1
                    continue
                }
                let caller = try names.caller(head.callers[index], in: self)
                let ending = try names.ending(head.endings[index], in: self)
                let key = ShapeKey(shape: shape, tenantID: caller.tenantID, tenant: caller.tenant)
                guard sums[key] != nil || sums.count < RecordedShapes.rowsMax else {
                    answer.isCut = true
                    continue
                }
                let isOK = ending.outcome == UInt8(CallOutcome.ok.rawValue)
                sums[key, default: RecordedShapes.Row(key)].add(isOK, hits.times.startedAtUs[index])
            }
        }
        if scanner.isDamaged { faults.add(name, RecordChunk.damaged) }
    }
}

extension RecordedShapes.Row {
    init(_ key: ShapeKey) {
        (shape, tenant, tenantID) = (key.shape, key.tenant, key.tenantID)
        (calls, failedCalls, lastUs) = (0, 0, .min)
    }

    mutating func add(_ isOK: Bool, _ startedAtUs: Int64) {
        if isOK { calls += 1 } else { failedCalls += 1 }
        lastUs = max(lastUs, startedAtUs)
    }
}
