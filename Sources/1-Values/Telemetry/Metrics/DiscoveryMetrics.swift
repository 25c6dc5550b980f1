import Locks
import Synchronization

/// The outcome of the runs of discoveries. Any thread. Bounded by the entries of the settings.
package final class DiscoveryMetrics: Sendable {
    private struct Looks {
        var isFailing = false
        /// Milliseconds since 1970.
        var succeededAtMs: Int64?
    }

    private let looks = Locked<[String: Looks]>([:])

    package init() {}

    /// Sets the entries that are in force; figures of others are dropped.
    package func retain(only entries: Set<String>) {
        looks.withLock { looks in
            looks = looks.filter { entries.contains($0.key) }
            for entry in entries where looks[entry] == nil { looks[entry] = Looks() }
        }
    }

    /// Records that a run of an entry in force has ended.
    package func ended(_ entry: String, isError: Bool, atMs: Int64) {
        looks.withLock { looks in
            looks[entry]?.isFailing = isError
            if !isError { looks[entry]?.succeededAtMs = atMs }
        }
    }

    func write(to writer: inout MetricsWriter) {
        let looks = looks.withLock { $0.map { ($0.key, $0.value) } }.sorted { $0.0 < $1.0 }
        writer.family(
            "mcp_gateway_discovery_failing",
            .gauge,
            "1 when the last look for functions failed, else 0, by entry of the settings."
        )
        for (entry, looks) in looks { writer.sample([("discovery", entry)], looks.isFailing ? 1 : 0) }
        writer.family(
            "mcp_gateway_discovery_last_success_timestamp_seconds",
            .gauge,
            "When functions were last looked for with success, in seconds since 1970."
        )
        for (entry, looks) in looks {
            if let atMs = looks.succeededAtMs {
                writer.sample([("discovery", entry)], Double(atMs) / 1_000)
            }
        }
    }
}
