import Calendar

/// How long the schedule leaves a failing target alone: from its own interval on, twice as long each time, to an hour.
package struct RefreshPause: Sendable, Equatable {
    package static let longest = Duration.seconds(3600)

    /// The schedule's; zero when there is no schedule.
    let interval: Duration

    package init(interval: Duration) { self.interval = interval }

    /// After so many failures in a row; nil without a schedule.
    package func after(_ failureCount: Int) -> Duration? {
        guard interval > .zero else { return nil }
        var pause = interval
        for _ in 1..<max(failureCount, 1) {
            guard pause < Self.longest else { break }
            pause = min(pause * 2, Self.longest)
        }
        return pause
    }

    /// Whether a target with a pause to that moment is due; nil is one without a pause.
    ///
    /// A pause that would last longer than any was set while the clock was ahead.
    package func isOver(endingAtMs end: Int64?, nowMs: Int64) -> Bool {
        guard let end, end > nowMs else { return true }
        return end - nowMs > max(interval, Self.longest).milliseconds
    }
}
