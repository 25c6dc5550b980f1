import Calendar
import Database

extension RecordReader {
    /// As `calls(_:)`, on the caller's thread, which waits for the disk.
    package func blockingCalls(_ query: CallQuery) throws(RecordError) -> RecordedCalls {
        if query.order == .oldestFirst { return try followingCalls(query) }
        var after: FoundCall?
        if let text = query.after {
            guard case .after(let call) = CallPlace(text) else { throw .place }
            after = call
        }
        let limit = min(max(query.limit, 1), CallQuery.limitMax)
        var faults = RecordFaults()
        // One more shows whether there are more.
        var first = FirstCalls(query.order, limit: limit + 1)
        var day: UTCDay?
        for file in files(sinceUs: query.sinceUs, untilUs: query.untilUs, &faults) {
            // Calls of an earlier day started earlier.
            if query.order == .newestFirst, first.last != nil, day != file.name.day { break }
            day = file.name.day
            if query.order == .newestFirst, let after, file.name.day > UTCDay(us: after.startedAtUs) {
                continue
            }
            _ = OpenRecords.read(file.name, in: folder, &faults) { records, faults throws(DatabaseError) in
                try records.offer(to: &first, query, after: after, &faults)
            }
        }
        let found = first.sorted
        var answer = RecordedCalls()
        answer.calls = recordedCalls(Array(found.prefix(limit)), &faults)
        answer.next = found.count > limit ? CallPlace.after(found[limit - 1]).text : nil
        answer.faults = faults.all
        return answer
    }
}

extension OpenRecords {
    /// Offers all calls of the file that are wanted, as long as they can be among the first ones.
    borrowing func offer(
        to first: inout FirstCalls,
        _ query: CallQuery,
        after: FoundCall?,
        _ faults: inout RecordFaults
    ) throws(DatabaseError) {
        guard let filter = try CallFilter(query, in: self) else { return }
        var scanner = try ChunkScanner(filter, query, of: self)
        let isSlowest = query.order == .slowestFirst
        let chunks = try chunks(&faults).sorted {
            isSlowest ? $0.longestUs > $1.longestUs : ($0.lastUs, $0.id) > ($1.lastUs, $1.id)
        }
        for chunk in chunks {
            if let last = first.last {
                // What follows can't be among the first ones.
                if isSlowest ? chunk.longestUs < last.endedUs : chunk.lastUs < last.startedAtUs { break }
            }
            guard let hits = scanner.hits(chunk) else { continue }
            for position in hits.positions {
                let index = Int(position)
                let call = FoundCall(
                    startedAtUs: hits.times.startedAtUs[index],
                    endedUs: hits.times.endedUs[index],
                    file: name,
                    number: chunk.id + Int64(index)
                )
                if let after, !after.precedes(call, query.order) { continue }
                first.offer(call)
            }
        }
        if scanner.isDamaged { faults.add(name, RecordChunk.damaged) }
    }
}
