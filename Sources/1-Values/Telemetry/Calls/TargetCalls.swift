import Locks
import Synchronization

/// The calls of one target: counted as they end, and summed over the last five minutes and the last hour.
///
/// A call costs two relaxed atomic adds; any thread. `advance` moves the windows on; whoever has a clock calls it about
/// once a second. It takes 2 kB; with calls 4 kB and up to 22 slots of 60 to 1,700 bytes, the more the further their
/// durations are apart: 42 kB at most, mostly less than 10.
package final class TargetCalls: Sendable {
    fileprivate struct Windows {
        /// Ten slots of half a minute.
        var recent = CallWindow(slots: 10, of: 30_000)
        /// Twelve slots of five minutes.
        var hour = CallWindow(slots: 12, of: 300_000)
        /// The counters when the windows were last moved on, and the time of that.
        var seenOutcomes = InlineArray<11, UInt32>(repeating: 0)
        var seenDurations: [UInt32] = []
        var seenAtMs: Int64 = 0
        /// When calls began to fail, by the clock of the windows.
        var failingSinceMs: Int64?
    }

    private let outcomes = InlineArray<11, Atomic<UInt32>> { _ in Atomic(0) }
    private let durations = LiveSketch()
    private let windows = Locked(Windows())
    private let lastError = Locked<CallError?>(nil)

    package init() {}

    /// A call is over. On the path of every call.
    /// - Parameter nanoseconds: from the request to its answer.
    func ended(_ outcome: CallOutcome, nanoseconds: UInt64) {
        outcomes[outcome.rawValue].wrappingAdd(1, ordering: .relaxed)
        if outcome.isCall { durations.add(nanoseconds: nanoseconds) }
    }

    /// Records why a call went wrong. Takes a lock: for calls that failed.
    package func failed(_ error: CallError) {
        lastError.withLock { $0 = error }
    }

    /// Moves the calls that ended since the last time into the windows. Touches little when no call ended.
    /// - Parameter nowMs: the time of a clock that doesn't go back.
    package func advance(toMs nowMs: Int64) {
        windows.withLock { move(&$0, toMs: nowMs) }
    }

    /// The figures of its calls until now.
    /// - Parameter nowMs: the time of the same clock as for `advance`.
    package func figures(nowMs: Int64) -> CallFigures {
        var figures = windows.withLock { windows in
            move(&windows, toMs: nowMs)
            var figures = windows.sums
            figures.failingForMs = windows.failingSinceMs.map { max(0, nowMs - $0) }
            return figures
        }
        figures.lastError = lastError.withLock { $0 }
        return figures
    }

    /// Forgets the calls in the windows and the last error: for a target that no longer exists.
    package func forget() {
        windows.withLock { windows in
            guard windows.seenAtMs > 0 else { return }
            _ = news(&windows)
            let (seen, durations) = (windows.seenOutcomes, windows.seenDurations)
            windows = Windows()
            windows.seenOutcomes = seen
            windows.seenDurations = durations
        }
        lastError.withLock { $0 = nil }
    }

    private func move(_ windows: inout Windows, toMs nowMs: Int64) {
        let nowMs = max(nowMs, windows.seenAtMs)
        windows.seenAtMs = nowMs
        let news = news(&windows)
        windows.recent.add(news, atMs: nowMs)
        windows.hour.add(news, atMs: nowMs)
        let isFailing = windows.isFailing
        if !isFailing { windows.failingSinceMs = nil }
        if isFailing, windows.failingSinceMs == nil { windows.failingSinceMs = nowMs }
    }

    /// The calls that ended since the last time.
    private func news(_ windows: inout Windows) -> CallTally {
        var counts = InlineArray<11, UInt32>(repeating: 0)
        var hasCalls = false
        for outcome in CallOutcome.allCases {
            let index = outcome.rawValue
            let now = outcomes[index].load(ordering: .relaxed)
            counts[index] = now &- windows.seenOutcomes[index]
            windows.seenOutcomes[index] = now
            if counts[index] != 0, outcome.isCall { hasCalls = true }
        }
        // The 410 counters are read only when there is something new.
        let durations = hasCalls ? durations.takeNews(since: &windows.seenDurations) : QuantileSketch()
        return CallTally(counts, durations)
    }
}

extension TargetCalls.Windows {
    fileprivate var sums: CallFigures {
        var figures = CallFigures()
        for tally in recent.tallies { figures.recent.merge(tally) }
        for tally in hour.tallies { figures.hour.merge(tally) }
        return figures
    }

    fileprivate var isFailing: Bool {
        // Most targets have no errors; then nothing is summed.
        let slots = hour.tallies
        guard slots.contains(where: { $0.errors > 0 }) else { return false }
        let sums = sums
        let latest = (recent.tallies.last { $0.calls > 0 }) ?? slots.last { $0.calls > 0 }
        return CallFigures.areFailing(
            recent: sums.recent,
            hour: sums.hour,
            isLatestGood: latest.map { $0.count(.ok) > 0 } ?? true
        )
    }
}
