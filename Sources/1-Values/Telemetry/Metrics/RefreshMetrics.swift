import Locks
import Synchronization

/// When each target's tools were last read, with success or not, and how long that took. Any thread.
///
/// Bounded: `targetsMax` targets; figures of removed targets are dropped when there is no more room.
package final class RefreshMetrics: Sendable {
    private struct Last {
        /// Milliseconds since 1970.
        var endedAtMs: Int64
        var tookMs: Int
    }

    private let targetsMax: Int
    private let last = Locked<[String: Last]>([:])

    init(targetsMax: Int) { self.targetsMax = targetsMax }

    /// Records that a read has ended, with success or not.
    package func ended(_ target: String, atMs: Int64, tookMs: Int) {
        last.withLock { last in
            guard last[target] != nil || last.count < targetsMax else { return }
            last[target] = Last(endedAtMs: atMs, tookMs: tookMs)
        }
    }

    /// Writes the families for the catalog's targets; a target that this process hasn't read is missing from two of
    /// them.
    func write(_ catalog: [CatalogFigures], to writer: inout MetricsWriter) {
        let last = last.withLock { last in
            if last.count >= targetsMax {
                let live = Set(catalog.map { $0.target })
                last = last.filter { live.contains($0.key) }
            }
            return last
        }
        writer.family(
            "mcp_gateway_catalog_last_refresh_timestamp_seconds",
            .gauge,
            "When a target's tools were last asked for, with success or not, in seconds since 1970."
        )
        for entry in catalog {
            if let last = last[entry.target] {
                writer.sample([("target", entry.target)], Double(last.endedAtMs) / 1_000)
            }
        }
        writer.family(
            "mcp_gateway_catalog_last_refresh_success_timestamp_seconds",
            .gauge,
            "When a target's tools were last read with success, in seconds since 1970."
        )
        for entry in catalog {
            if let atMs = entry.refreshedAtMs {
                writer.sample([("target", entry.target)], Double(atMs) / 1_000)
            }
        }
        writer.family(
            "mcp_gateway_catalog_last_refresh_duration_seconds",
            .gauge,
            "How long the last read of a target's tools took, with success or not."
        )
        for entry in catalog {
            if let last = last[entry.target] {
                writer.sample([("target", entry.target)], Double(last.tookMs) / 1_000)
            }
        }
    }
}
