import Locks
import Synchronization
package import Telemetry

/// Counts what happens to the spans. Any thread.
package final class ExportCounts: Sendable {
    /// Why a span was dropped.
    package enum Drop: Int, Sendable, CaseIterable {
        /// The queue was full: the collector is too slow, or can't be reached.
        case queueFull
        /// More calls failed in a second than may be traced only because they failed.
        case rate
        /// The collector refused it.
        case refused
        /// The collector couldn't be reached, or failed, as often as it was tried.
        case failed
        /// The process ended before it could be sent.
        case stopped

        /// The label's value.
        package var label: String {
            switch self {
            case .queueFull: "queue_full"
            case .rate: "rate"
            case .refused: "refused"
            case .failed: "failed"
            case .stopped: "stopped"
            }
        }
    }

    /// Spans that wait to be sent.
    package let queued = Gauge()
    /// Spans that the collector took.
    package let exported = Counter()
    /// Requests to the collector that failed, including repeated ones.
    package let failedRequests = Counter()
    private let drops = InlineArray<5, Counter> { _ in Counter() }
    private let lastMs = Atomic<Int64>(0)
    private let state = Locked<(reason: String, sinceMs: Int64)?>(nil)

    package init() {}

    /// Spans that were dropped for a reason.
    package func dropped(_ drop: Drop) -> UInt64 { drops[drop.rawValue].value }

    package func drop(_ count: Int, _ reason: Drop) { drops[reason.rawValue].add(UInt64(count)) }

    /// Notes that the collector took so many spans at that time, in milliseconds since 1970.
    func took(_ count: Int, atMs: Int64) {
        exported.add(UInt64(count))
        lastMs.store(atMs, ordering: .relaxed)
    }

    /// The figures that `/metrics` shows.
    package func figures(queuedMax: Int) -> TraceFigures {
        var figures = TraceFigures()
        figures.queued = queued.value
        figures.queuedMax = queuedMax
        figures.exported = exported.value
        figures.dropped = Drop.allCases.map { ($0.label, dropped($0)) }
        figures.failedExports = failedRequests.value
        let last = lastMs.load(ordering: .relaxed)
        figures.lastExportMs = last == 0 ? nil : last
        return figures
    }

    /// Why the collector doesn't take spans at the moment, in words for an operator; nil when it does, or hasn't been asked.
    package var failing: (reason: String, sinceMs: Int64)? { state.withLock { $0 } }

    /// Spans that were dropped, for all reasons together.
    package var droppedInAll: UInt64 { Drop.allCases.reduce(0) { $0 + dropped($1) } }

    /// - Returns: whether the state has changed: the first failure, or the first success after one.
    func set(failing reason: String?, atMs: Int64) -> Bool {
        state.withLock { state in
            let since = state?.sinceMs
            state = reason.map { ($0, since ?? atMs) }
            return (since == nil) != (reason == nil)
        }
    }
}
