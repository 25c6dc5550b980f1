import Calendar

/// When a discovery looks again. Pure: whoever asks has the clock and the dice.
package struct DiscoverySchedule: Sendable, Equatable {
    /// The longest pause after failures.
    package static let longest = Duration.seconds(3_600)

    /// After the first failure of a start's first look.
    package static let shortest = Duration.seconds(10)

    /// Zero: never by itself.
    package let interval: Duration

    package init(interval: Duration) { self.interval = interval }

    /// How long to wait after a look: the interval, twice as long after each failure in a row, to an hour; and a tenth of it at
    /// most more, so that servers on one store and many gateways in one account don't ask at once.
    /// - Parameters:
    ///   - failureCount: how many looks in a row have failed.
    ///   - isFirst: whether none has succeeded since the start. Then it is tried again soon: after ten seconds, twice as long
    ///     after each failure, to the interval; what can't be reached at a start is mostly there a moment later.
    ///   - chance: 0 up to 1.
    /// - Returns: nil when no look follows.
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
