import Locks
import Synchronization

/// How late event loops come to what is due, by loop. Any thread.
///
/// A loop is late by what it did meanwhile: by one long piece of work, or by more work than it gets CPU for.
package final class LoopMetrics: Sendable {
    private let loops = Locked<[String: LagHistogram]>([:])

    init() {}

    /// The lags of a loop, the same for the same name. Takes a lock: once for each loop. There are few loops.
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
