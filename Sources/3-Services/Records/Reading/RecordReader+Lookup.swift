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
            let files = files(sinceUs: nil, untilUs: nil, &faults)
            // A call's own id contains the time of its start.
            let startedUs = Int64(id.high >> 16) * 1_000
            for file in files where file.name.day == UTCDay(us: startedUs) {
                look(in: file.name, for: id, startedUs: startedUs, tenantID, limit, &found, &faults)
            }
            // A trace may have a call's id.
            for file in files where found.count < limit {
                look(in: file.name, for: id, startedUs: nil, tenantID, limit, &found, &faults)
            }
        }
        var answer = RecordedCalls()
        found.sort { $0.precedes($1, .newestFirst) }
        answer.calls = recordedCalls(Array(found.prefix(limit)), withBodies: true, &faults)
        answer.faults = faults.all
        return answer
    }

    /// - Parameter startedUs: looks for the call that started in this millisecond and has the id as its own; nil
    ///   looks for calls whose trace, or whose request to Lambda, has the id.
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
            var maker = try CallMaker(records, &faults)
            var names = RowNames()
            var filters = try Statement(
                "SELECT bytes FROM block_filter WHERE id = ? AND length(bytes) <= \(RecordBlock.bytesMax)",
                on: records.connection
            )
            for chunk in maker.chunks.reversed() where found.count < limit {
                if let startedUs {
                    if chunk.lastUs < startedUs || chunk.firstUs >= startedUs + 1_000 { continue }
                } else if !chunk.isPart {
                    filters.reset()
                    try filters.bind(.integer(chunk.id), at: 0)
                    let filter = try filters.step() ? IDFilter(filters.row.blob(at: 0) ?? []) : IDFilter([])
                    if !filter.mayContain(id) { continue }
                }
                let positions = maker.positions(of: id, own: startedUs != nil, in: chunk)
                if positions.isEmpty { continue }
                for (position, record) in zip(positions, maker.records(of: chunk, at: positions) ?? []) {
                    guard startedUs == nil || record.id == id, found.count < limit else { continue }
                    if let tenantID, try names.caller(record.key, in: records).tenantID != tenantID {
                        continue
                    }
                    let call = FoundCall(
                        startedAtUs: record.startedAtUs,
                        endedUs: record.endedUs,
                        file: file,
                        number: chunk.id + Int64(position)
                    )
                    if !found.contains(call) { found.append(call) }
                }
            }
            if maker.isDamaged { faults.add(file, RecordChunk.damaged) }
        }
    }
}
