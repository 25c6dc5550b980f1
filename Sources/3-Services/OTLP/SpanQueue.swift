import Telemetry

/// The entries that wait to be sent: calls, whose spans are made only when their turn comes, and spans made already.
/// A value.
struct SpanQueue {
    enum Entry {
        /// The calls of a batch that have spans, and the number of these spans.
        case calls(CallBatch, spans: Int)
        case span(Span)

        var count: Int { if case .calls(_, let spans) = self { spans } else { 1 } }
    }

    private let max: Int
    private var entries: [Entry] = []
    /// Entries that were taken already, at the front.
    private var taken = 0
    /// The number of spans that wait.
    private(set) var count = 0
    private var granted = (second: Int64.min, count: 0)

    init(max: Int) { self.max = max }

    var isEmpty: Bool { count == 0 }

    /// Adds the calls that are sampled, and those that failed.
    /// - Parameter failuresPerSecond: the most that are added for no other reason than that they failed.
    /// - Returns: how many spans found no room, and how many were above the bound for failures.
    mutating func add(_ batch: CallBatch, failuresPerSecond: Int) -> (full: Int, overRate: Int) {
        var kept: [CallRecord] = []
        var keptSpans = 0
        var dropped = (full: 0, overRate: 0)
        for record in batch.records where record.spanID != 0 {
            let isSampled = record.flags.contains(.isSampled)
            guard isSampled || record.outcome != UInt8(CallOutcome.ok.rawValue) else { continue }
            let spans = CallSpans.count(of: record)
            guard isSampled || grant(failuresPerSecond, at: record.startedAtUs / 1_000_000) else {
                dropped.overRate += spans
                continue
            }
            guard count + keptSpans + spans <= max else {
                dropped.full += spans
                continue
            }
            keptSpans += spans
            kept.append(record)
        }
        guard !kept.isEmpty else { return dropped }
        var calls = CallBatch(names: batch.names)
        calls.texts = Self.texts(of: batch, keptFor: &kept)
        calls.records = kept
        entries.append(.calls(calls, spans: keptSpans))
        count += keptSpans
        return dropped
    }

    /// Only the texts that the records refer to: a batch may have many more, and wait for long. The records then
    /// refer to these.
    private static func texts(of batch: CallBatch, keptFor records: inout [CallRecord]) -> [String] {
        var texts: [String] = []
        var places: [Int32: Int32] = [:]
        func keep(_ text: inout Int32) {
            guard batch.texts.indices.contains(Int(text)) else { return text = -1 }
            if places[text] == nil {
                places[text] = Int32(texts.count)
                texts.append(batch.texts[Int(text)])
            }
            text = places[text] ?? -1
        }
        for index in records.indices {
            keep(&records[index].subject)
            keep(&records[index].client)
            keep(&records[index].asked)
            keep(&records[index].executedVersion)
            keep(&records[index].code)
            keep(&records[index].shape)
        }
        return texts
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

    /// Takes out entries with about that many spans, oldest first: whole batches, each with at most 256 calls.
    mutating func take(_ wanted: Int) -> [Entry] {
        var found: [Entry] = []
        var spans = 0
        while taken < entries.count, spans < wanted {
            spans += entries[taken].count
            found.append(entries[taken])
            taken += 1
        }
        count -= spans
        // The rest is moved when half of the entries are taken, so that each entry is moved about once.
        if taken * 2 >= entries.count {
            entries.removeFirst(taken)
            taken = 0
        }
        return found
    }
}

extension CallSpans {
    /// The spans of what was taken from a queue.
    func spans(of entries: [SpanQueue.Entry]) -> [Span] {
        var spans: [Span] = []
        for entry in entries {
            switch entry {
            case .span(let span): spans.append(span)
            case .calls(let batch, _): for record in batch.records { append(record, of: batch, to: &spans) }
            }
        }
        return spans
    }
}
