package import Bytes
import Calendar
import Database
import Telemetry

extension RecordReader {
    /// As `calls(identifiedBy:)`, on the caller's thread.
    package func blockingCalls(identifiedBy id: ID128, tenantID: Int64? = nil, limit: Int = 100)
        -> RecordedCalls
    {
        var faults = RecordFaults()
        var found: [FoundCall] = []
        let limit = min(max(limit, 1), 1_000)
        if !id.isNone {
            // A call's own id says when it started.
            let startedUs = Int64(id.high >> 16) * 1_000
            let files = files(sinceUs: nil, untilUs: nil, &faults)
            for file in files where file.name.day == UTCDay(us: startedUs) && found.isEmpty {
                look(in: file.name, for: id, startedUs: startedUs, tenantID, limit, &found, &faults)
            }
            let isFound = !found.isEmpty
            for file in files where found.count < limit && !isFound {
                look(in: file.name, for: id, startedUs: nil, tenantID, limit, &found, &faults)
            }
            // The id may be that of a trace as well.
            if isFound { addTraced(files, id, tenantID, limit, &found, &faults) }
        }
        var answer = RecordedCalls()
        found.sort { $0.precedes($1, .newestFirst) }
        answer.calls = recordedCalls(Array(found.prefix(limit)), withBodies: true, &faults)
        answer.faults = faults.all
        return answer
    }

    private func addTraced(
        _ files: [RecordFolder.File],
        _ id: ID128,
        _ tenantID: Int64?,
        _ limit: Int,
        _ found: inout [FoundCall],
        _ faults: inout RecordFaults
    ) {
        let first = Set(found)
        var all: [FoundCall] = []
        for file in files where all.count < limit {
            look(in: file.name, for: id, startedUs: nil, tenantID, limit, &all, &faults)
        }
        found += all.filter { !first.contains($0) }
    }

    /// - Parameter startedUs: looks for the call that started in this millisecond and has the id as its own; nil for those that
    ///   have it as that of their trace or of Lambda.
    private func look(
        in file: RecordFileName,
        for id: ID128,
        startedUs: Int64?,
        _ tenantID: Int64?,
        _ limit: Int,
        _ found: inout [FoundCall],
        _ faults: inout RecordFaults
    ) {
        _ = OpenRecords.read(file, in: folder, &faults) { records, faults throws(DatabaseError) in
            var maker = try CallMaker(records)
            var names = RowNames()
            var ids = try Statement(
                "SELECT bytes FROM block_ids WHERE id = ? AND length(bytes) <= \(RecordBlock.bytesMax)",
                on: records.connection
            )
            for chunk in try records.chunks(&faults).reversed() where found.count < limit {
                if let startedUs {
                    if chunk.lastUs < startedUs || chunk.firstUs >= startedUs + 1_000 { continue }
                } else if !chunk.isPart {
                    ids.reset()
                    try ids.bind(.integer(chunk.id), at: 0)
                    let filter = try ids.step() ? IDFilter(ids.row.blob(at: 0) ?? []) : IDFilter([])
                    if !filter.mayContain(id) { continue }
                }
                for (index, record) in (maker.records(of: chunk) ?? []).enumerated() {
                    let isIt =
                        startedUs != nil
                        ? record.id == id : record.traceID == id || record.lambdaRequestID == id
                    guard isIt, found.count < limit else { continue }
                    if let tenantID, try names.caller(record.key, in: records).tenantID != tenantID {
                        continue
                    }
                    found.append(
                        FoundCall(
                            startedAtUs: record.startedAtUs,
                            endedUs: record.endedUs,
                            file: file,
                            number: chunk.id + Int64(index)
                        )
                    )
                }
            }
            if maker.isDamaged { faults.add(file, RecordChunk.damaged) }
        }
    }
}
