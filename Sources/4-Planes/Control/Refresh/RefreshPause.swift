import Calendar

/// The time for which the schedule leaves a failing target alone: at first its interval, doubled with each failure up
/// to an hour.
package struct RefreshPause: Sendable, Equatable {
    package static let longest = Duration.seconds(3600)

    /// The schedule's interval; zero when there is no schedule.
    let interval: Duration

    package init(interval: Duration) { self.interval = interval }

    /// The pause after that many failures in a row; nil without a schedule.
    package func after(_ failureCount: Int) -> Duration? {
        guard interval > .zero else { return nil }
        var pause = interval
        for _ in 1..<max(failureCount, 1) {
            guard pause < Self.longest else { break }
            pause = min(pause * 2, Self.longest)
        }
        return pause
    }

    /// Whether a target whose pause ends at `end` is due; `end` is nil for a target without a pause.
    ///
    /// A pause that would last longer than the longest was set while the clock was ahead, so it counts as over.
    package func isOver(endingAtMs end: Int64?, nowMs: Int64) -> Bool {
        guard let end, end > nowMs else { return true }
        return end - nowMs > max(interval, Self.longest).milliseconds
    }
}
