/// Whether the machine's clock has run evenly for a day: only then may its time decide which records are removed.
///
/// A clock that is set while the process runs, or that begins wrong and is put right, costs no records.
struct EvenClock {
    static let dayMs: Int64 = 86_400_000
    /// How far it may be from a clock that is never set; time services correct this much without a step.
    private static let toleranceMs: Int64 = 60_000

    private var since: (wallMs: Int64, steadyMs: Int64)

    /// - Parameter steadyMs: of a clock that is never set.
    init(wallMs: Int64, steadyMs: Int64) { since = (wallMs, steadyMs) }

    /// Whether it has run evenly for a day. To be called at least once an hour.
    mutating func isTrusted(wallMs: Int64, steadyMs: Int64) -> Bool {
        let elapsedMs = steadyMs - since.steadyMs
        guard abs(wallMs - since.wallMs - elapsedMs) <= Self.toleranceMs else {
            since = (wallMs, steadyMs)
            return false
        }
        return elapsedMs >= Self.dayMs
    }
}
