import Database

/// Searches the chunks of a file for the calls that are wanted.
struct ChunkScanner: ~Copyable {
    /// Calls of one chunk that are wanted.
    struct Hits {
        /// The stored columns that queries select by; empty when the query has no such condition.
        let head: [UInt8]
        let times: RecordBlock.Times
        /// Their positions; at least one.
        let positions: [UInt16]
    }

    private let filter: CallFilter
    private let sinceUs: Int64?
    private let untilUs: Int64?
    private var heads: RunReader
    private var times: RunReader
    private(set) var isDamaged = false

    init(_ filter: CallFilter, _ query: CallQuery, of records: borrowing OpenRecords) throws(DatabaseError) {
        let heads = try RunReader(.head, of: records)
        let times = try RunReader(.times, of: records)
        self.filter = filter
        sinceUs = query.sinceUs
        untilUs = query.untilUs
        self.heads = heads
        self.times = times
    }

    /// The wanted calls of a chunk; nil when there are none, or when the chunk is damaged.
    mutating func hits(_ chunk: RecordChunk) -> Hits? {
        if let sinceUs, chunk.lastUs < sinceUs { return nil }
        if let untilUs, chunk.firstUs >= untilUs { return nil }
        var head: [UInt8] = []
        var selected: [UInt16]?
        if !filter.selectsAll {
            // A damaged page costs only the calls that are in it.
            head = (try? heads.bytes(of: chunk)) ?? []
            guard let hits = try? filter.hits(head, count: chunk.calls) else {
                isDamaged = true
                return nil
            }
            if hits.isNone { return nil }
            selected = hits.positions
        }
        guard let times = try? RecordBlock.Times(try times.bytes(of: chunk), count: chunk.calls) else {
            isDamaged = true
            return nil
        }
        var positions = selected ?? (0..<chunk.calls).map { UInt16(truncatingIfNeeded: $0) }
        if let sinceUs, chunk.firstUs < sinceUs {
            positions.removeAll { times.startedAtUs[Int($0)] < sinceUs }
        }
        if let untilUs, chunk.lastUs >= untilUs {
            positions.removeAll { times.startedAtUs[Int($0)] >= untilUs }
        }
        return positions.isEmpty ? nil : Hits(head: head, times: times, positions: positions)
    }
}
