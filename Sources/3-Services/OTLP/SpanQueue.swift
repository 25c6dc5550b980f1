import Telemetry

/// What waits to be sent: calls, of which no span is made before its turn comes, and spans that are made already. A value.
struct SpanQueue {
    private enum Entry {
        /// Of a batch, the calls that have spans.
        case calls(CallBatch)
        case span(Span)
    }

    private let max: Int
    private var entries: [Entry] = []
    /// Entries that were taken already, at the front.
    private var taken = 0
    /// Spans.
    private(set) var count = 0
    private var granted = (second: Int64.min, count: 0)

    init(max: Int) { self.max = max }

    var isEmpty: Bool { count == 0 }

    /// Adds the calls that are sampled, and those that failed.
    /// - Parameter failuresPerSecond: the most that are added for no other reason than that they failed.
    /// - Returns: how many spans found no room, and how many were more than that.
    mutating func add(_ batch: CallBatch, failuresPerSecond: Int) -> (full: Int, overRate: Int) {
        var kept: [CallRecord] = []
        var dropped = (full: 0, overRate: 0)
        for record in batch.records where record.spanID != 0 {
            let isSampled = record.flags.contains(.isSampled)
            guard isSampled || record.outcome != UInt8(CallOutcome.ok.rawValue) else { continue }
            let spans = CallSpans.count(of: record)
            guard isSampled || grant(failuresPerSecond, at: record.startedAtUs / 1_000_000) else {
                dropped.overRate += spans
                continue
            }
            guard count + spans <= max else {
                dropped.full += spans
                continue
            }
            count += spans
            kept.append(record)
        }
        guard !kept.isEmpty else { return dropped }
        var calls = CallBatch(names: batch.names)
        calls.records = kept
        calls.texts = batch.texts
        entries.append(.calls(calls))
        return dropped
    }

    /// - Returns: false when there is no room.
    mutating func add(_ span: Span) -> Bool {
        guard count < max else { return false }
        count += 1
        entries.append(.span(span))
        return true
    }

    private mutating func grant(_ max: Int, at second: Int64) -> Bool {
        if granted.second != second { granted = (second, 0) }
        guard granted.count < max else { return false }
        granted.count += 1
        return true
    }

    /// Takes out about so many spans, oldest first: whole batches, of which each has 256 calls at most.
    mutating func take(_ wanted: Int, by maker: CallSpans) -> [Span] {
        var spans: [Span] = []
        while taken < entries.count, spans.count < wanted {
            switch entries[taken] {
            case .span(let span): spans.append(span)
            case .calls(let batch):
                for record in batch.records { maker.append(record, of: batch, to: &spans) }
            }
            taken += 1
        }
        count -= spans.count
        // Moved when half of it is gone, so that each entry is moved once or so.
        if taken * 2 >= entries.count {
            entries.removeFirst(taken)
            taken = 0
        }
        return spans
    }
}
