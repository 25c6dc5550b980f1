import Locks
import Synchronization

/// How late the timers of event loops fire, by loop. Any thread.
///
/// A loop is late because of what it did meanwhile: one long piece of work, or more work than it gets CPU for.
package final class LoopMetrics: Sendable {
    private let loops = Locked<[String: LagHistogram]>([:])

    init() {}

    /// The histogram of a loop's lag, the same for the same name. Takes a lock: once for each loop. There are few
    /// loops.
    package func lag(of loop: String) -> LagHistogram {
        loops.withLock { loops in
            if let known = loops[loop] { return known }
            let lag = LagHistogram(.lag)
            loops[loop] = lag
            return lag
        }
    }

    func write(to writer: inout MetricsWriter) {
        writer.family(
            "mcp_gateway_loop_lag_seconds",
            .histogram,
            "How late a timer fired that is due twice a second, by event loop. Up to 8 ms is a timer's grain."
        )
        let loops = loops.withLock { $0.map { ($0.key, $0.value) } }.sorted { $0.0 < $1.0 }
        for (loop, lag) in loops { writer.sample([("loop", loop)], lag.read()) }
    }
}
