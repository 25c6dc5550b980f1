import Calendar
import Database

extension RecordReader {
    /// As `end()`, on the caller's thread.
    package func blockingEnd() -> String {
        var faults = RecordFaults()
        var seen: [RecordFileName: Int64] = [:]
        for file in files(sinceUs: nil, untilUs: nil, &faults) {
            seen[file.name] =
                OpenRecords.read(file.name, in: folder, &faults) { records, _ throws(DatabaseError) in
                    try records.end()
                } ?? 0
        }
        return CallPlace.stored(seen).text
    }

    /// Calls in the order of storing, file after file, and where to go on.
    func followingCalls(_ query: CallQuery) throws(RecordError) -> RecordedCalls {
        var since = UTCDay(daysSince1970: 0)
        var seen: [RecordFileName: Int64] = [:]
        if let text = query.after {
            guard case .stored(let day, let numbers) = CallPlace(text) else { throw .place }
            (since, seen) = (day, numbers)
        }
        let limit = min(max(query.limit, 1), CallQuery.limitMax)
        var faults = RecordFaults()
        var found: [FoundCall] = []
        let files = files(sinceUs: query.sinceUs, untilUs: nil, &faults)
        // A place leaves out the oldest files, and those that are gone.
        let newest = Dictionary(uniqueKeysWithValues: files.map { ($0.name, seen[$0.name] ?? 0) })
        if case .stored(let day, let numbers) = CallPlace.stored(newest) {
            since = max(since, day)
            seen = numbers.filter { $0.key.day >= since }
        }
        for file in files.reversed() where file.name.day >= since && found.count < limit {
            let from = seen[file.name] ?? 0
            seen[file.name] =
                OpenRecords.read(file.name, in: folder, &faults) { records, faults throws(DatabaseError) in
                    try records.follow(query, from: from, limit: limit, &found, &faults)
                } ?? from
        }
        var answer = RecordedCalls()
        answer.calls = recordedCalls(found, &faults)
        answer.next = CallPlace.stored(since: since, seen: seen).text
        answer.faults = faults.all
        return answer
    }
}

extension OpenRecords {
    /// The number that the next call will get.
    borrowing func end() throws(DatabaseError) -> Int64 {
        let whole = try connection.integer("SELECT id + calls FROM block ORDER BY id DESC LIMIT 1") ?? 0
        let part = try connection.integer("SELECT id + calls FROM part ORDER BY id DESC LIMIT 1") ?? 0
        return min(max(whole, part, 0), 1 << 40)
    }

    /// Adds wanted calls from a number on, as long as there is room.
    ///
    /// - Returns: the number to go on from.
    borrowing func follow(
        _ query: CallQuery,
        from number: Int64,
        limit: Int,
        _ found: inout [FoundCall],
        _ faults: inout RecordFaults
    ) throws(DatabaseError) -> Int64 {
        let end = try end()
        guard end > number, let filter = try CallFilter(query, in: self) else { return max(end, number) }
        var scanner = try ChunkScanner(filter, query, of: self)
        var next = number
        for chunk in try chunks(from: number, &faults) {
            if let hits = scanner.hits(chunk) {
                for position in hits.positions where chunk.id + Int64(position) >= next {
                    if found.count == limit { return next }
                    let index = Int(position)
                    found.append(
                        FoundCall(
                            startedAtUs: hits.times.startedAtUs[index],
                            endedUs: hits.times.endedUs[index],
                            file: name,
                            number: chunk.id + Int64(index)
                        )
                    )
                    next = chunk.id + Int64(index) + 1
                }
            }
            next = max(next, chunk.end)
        }
        if scanner.isDamaged { faults.add(name, RecordChunk.damaged) }
        return max(next, end)
    }
}
