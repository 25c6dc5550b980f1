/// Decides when an issuer's keys are fetched: a value without a clock. Times are milliseconds of a monotonic clock.
struct KeySchedule: Equatable {
    struct Bounds: Equatable {
        /// The least time between the starts of two fetches, whoever asks for them.
        var floorMs: Int64 = 10_000
        /// How long a set is good when its issuer doesn't say, and the least and the most that it may say.
        var lifetimeMs: Int64 = 600_000
        var lifetimesMs: ClosedRange<Int64> = 60_000...86_400_000
        /// The longest wait after failures.
        var retryMaxMs: Int64 = 300_000
    }

    let bounds: Bounds
    /// The time from which on a fetch may begin.
    private(set) var allowedAtMs: Int64 = .min
    /// The time at which a fetch begins even if nobody asks.
    private(set) var dueAtMs: Int64 = .min
    private var failures = 0

    init(_ bounds: Bounds) { self.bounds = bounds }

    mutating func began(_ nowMs: Int64) { allowedAtMs = nowMs + bounds.floorMs }

    /// The next fetch is due when a fifth of the set's lifetime is left, so that an issuer may be unreachable for a
    /// while.
    mutating func succeeded(maxAgeMs: Int64?, _ nowMs: Int64) {
        failures = 0
        let wanted = maxAgeMs ?? bounds.lifetimeMs
        let lifetime = min(max(wanted, bounds.lifetimesMs.lowerBound), bounds.lifetimesMs.upperBound)
        dueAtMs = max(nowMs + lifetime / 5 * 4, allowedAtMs)
    }

    /// Each failure in a row doubles the wait.
    mutating func failed(_ nowMs: Int64) {
        failures = min(failures + 1, 20)
        dueAtMs = max(nowMs + min(bounds.floorMs << Int64(failures - 1), bounds.retryMaxMs), allowedAtMs)
    }
}
