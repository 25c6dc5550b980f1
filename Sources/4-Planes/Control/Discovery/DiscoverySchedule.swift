import Calendar

/// The schedule of a discovery. Pure: the caller has the clock and the random numbers.
package struct DiscoverySchedule: Sendable, Equatable {
    /// The longest pause after failures.
    package static let longest = Duration.seconds(3_600)

    /// The pause after the first failure, as long as no run has succeeded since the start.
    package static let shortest = Duration.seconds(10)

    /// The time between two runs; zero for a discovery that never runs by itself.
    package let interval: Duration

    package init(interval: Duration) { self.interval = interval }

    /// The time to wait after a run: the interval, doubled with each failure in a row up to an hour, plus at most a
    /// tenth of it, so that servers on one store and many gateways in one account don't ask at the same time.
    /// - Parameters:
    ///   - failureCount: how many runs in a row have failed.
    ///   - isFirst: whether no run has succeeded since the start. Then the next try comes soon: after ten seconds,
    ///     doubled with each failure up to the interval. What can't be reached at a start mostly can be a moment later.
    ///   - chance: a random number from 0 to 1.
    /// - Returns: nil when no run follows.
    package func pause(afterFailures failureCount: Int, isFirst: Bool = false, chance: Double) -> Duration? {
        guard interval > .zero else { return nil }
        let isSoon = isFirst && failureCount > 0
        var pause = isSoon ? min(Self.shortest, interval) : interval
        let end = isSoon ? interval : Self.longest
        for _ in 0..<max(0, isSoon ? failureCount - 1 : failureCount) {
            guard pause < end else { break }
            pause = min(pause * 2, end)
        }
        let jitterMs = Double(pause.milliseconds) / 10 * min(max(chance, 0), 1)
        return pause + .milliseconds(Int64(jitterMs))
    }
}
