import Locks
import Synchronization
import Telemetry

/// What waits to be sent as spans, and how many were dropped because too much did. Any thread.
final class WaitingSpans: Sendable {
    let counts = ExportCounts()
    private let batchMax: Int
    private let failuresPerSecond: Int
    private let queue: Locked<SpanQueue>
    /// Whether the sender has been told that a batch is full.
    private let isWoken = Atomic(false)

    init(_ settings: SpanExporter.Settings) {
        batchMax = settings.batchMax
        failuresPerSecond = settings.failuresPerSecond
        queue = Locked(SpanQueue(max: settings.queueMax))
    }

    var count: Int { queue.withLock { $0.count } }

    /// Adds the spans of some calls. Whether the sender is to be woken.
    func add(_ batch: CallBatch) -> Bool {
        let (dropped, count) = queue.withLock { queue in
            (queue.add(batch, failuresPerSecond: failuresPerSecond), queue.count)
        }
        if dropped.full > 0 { counts.drop(dropped.full, .queueFull) }
        if dropped.overRate > 0 { counts.drop(dropped.overRate, .rate) }
        return wakes(count)
    }

    /// Adds one span. Whether the sender is to be woken.
    func add(_ span: Span) -> Bool {
        let (isTaken, count) = queue.withLock { queue in (queue.add(span), queue.count) }
        if !isTaken { counts.drop(1, .queueFull) }
        return wakes(count)
    }

    private func wakes(_ count: Int) -> Bool {
        counts.queued.set(count)
        return count >= batchMax && !isWoken.exchange(true, ordering: .relaxed)
    }

    /// The sender is awake: the next full batch wakes it again.
    func sleepIsOver() { isWoken.store(false, ordering: .relaxed) }

    /// Takes the oldest, as many as are wanted.
    func take(_ wanted: Int) -> [SpanQueue.Entry] { queue.withLock { $0.take(wanted) } }
}
