import Locks
import Synchronization

/// What becomes of the spans. Any thread.
package final class TraceFigures: Sendable {
    /// Why a span was dropped.
    package enum Drop: Int, Sendable, CaseIterable {
        /// The queue was full: the collector is too slow, or can't be reached.
        case queueFull
        /// More calls failed in a second than may be traced for that.
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
    /// Requests to the collector that failed, repeated ones too.
    package let failedRequests = Counter()
    private let drops = InlineArray<5, Counter> { _ in Counter() }
    private let state = Locked<String?>(nil)

    package init() {}

    /// Spans that were dropped for a reason.
    package func dropped(_ drop: Drop) -> UInt64 { drops[drop.rawValue].value }

    package func drop(_ count: Int, _ reason: Drop) { drops[reason.rawValue].add(UInt64(count)) }

    /// Why the collector doesn't take spans at the moment, in words for an operator; nil when it does, or hasn't been asked.
    package var failing: String? { state.withLock { $0 } }

    /// - Returns: whether that is news: the first failure, or the first success after one.
    package func set(failing reason: String?) -> Bool {
        state.withLock { state in
            defer { state = reason }
            return (state == nil) != (reason == nil)
        }
    }
}
