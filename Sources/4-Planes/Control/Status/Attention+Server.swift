import Calendar
import Telemetry

extension Attention {
    /// The items about a running server itself.
    static func items(_ server: ServerStatus, nowMs: Int64) -> [Attention] {
        var items: [Attention] = []
        if let fault = server.storeFault {
            items.append(Attention(.problem, .storeDisplaced, "store", fault.message, next: fault.hint))
        } else if let reason = server.notReady {
            items.append(
                Attention(
                    .problem,
                    .serverNotReady,
                    "server",
                    "it isn't ready: \(reason)",
                    next: "look at the server's log"
                )
            )
        }
        if let records = server.records, let item = self.records(records, nowMs: nowMs) { items.append(item) }
        if let traces = server.traces { items.append(self.traces(traces)) }
        if let reload = server.lastReload, !reload.isGood {
            items.append(
                Attention(
                    .warning,
                    .reloadFaulty,
                    "settings",
                    reload.text,
                    sinceMs: reload.atMs,
                    next: "correct what is named, then `mcp-gateway reload`"
                )
            )
        }
        if !server.needsRestart.isEmpty {
            items.append(
                Attention(
                    .warning,
                    .restartNeeded,
                    "settings",
                    "changed, and not in force before a restart: "
                        + server.needsRestart.joined(separator: ", "),
                    sinceMs: server.lastReload?.atMs,
                    next: "restart the server"
                )
            )
        }
        items += server.certificates.compactMap { certificate($0, nowMs: nowMs) }
        // Where functions run on this machine, the AWS credentials in the environment may be unused.
        if !server.isLocal, let pair = server.credentials, let item = credentials(pair, nowMs: nowMs) {
            items.append(item)
        }
        return items
    }

    private static func records(_ records: ServerStatus.Records, nowMs: Int64) -> Attention? {
        let dropped =
            records.dropped == 0 ? "" : "; \(records.dropped) were dropped since the server's start"
        if let reason = records.failing {
            return Attention(
                .warning,
                .recordsFailing,
                "records of calls",
                "they can't be written: \(reason)\(dropped)",
                sinceMs: records.failingSinceMs,
                next: "make room, or make the folder writable; `mcp-gateway doctor` looks at it"
            )
        }
        guard let lastMs = records.lastDropMs, nowMs - lastMs < AttentionBounds.droppedMs else { return nil }
        return Attention(
            .warning,
            .recordsFailing,
            "records of calls",
            "the disk didn't keep up\(dropped)",
            sinceMs: lastMs,
            next: "put records.directory on a faster disk, or raise records.queue_max"
        )
    }

    private static func traces(_ traces: ServerStatus.Traces) -> Attention {
        Attention(
            .warning,
            .tracesFailing,
            "traces",
            "the collector takes no spans: \(traces.failing)"
                + (traces.dropped == 0 ? "" : "; \(traces.dropped) were dropped since the server's start"),
            sinceMs: traces.sinceMs,
            next: "look at the collector, and at traces.endpoint and traces.headers"
        )
    }

    private static func certificate(_ expiry: ServerStatus.Expiry, nowMs: Int64) -> Attention? {
        guard expiry.atMs - nowMs <= AttentionBounds.certificateMs else { return nil }
        let isOver = expiry.atMs <= nowMs
        return Attention(
            isOver ? .problem : .warning,
            .certificateExpires,
            expiry.name,
            isOver
                ? "the certificate has expired, and clients refuse it"
                : "the certificate expires \(when(expiry.atMs, nowMs))",
            sinceMs: isOver ? expiry.atMs : nil,
            next: "put a new one in its place, then `mcp-gateway reload`"
        )
    }

    private static func credentials(_ expiry: ServerStatus.Expiry, nowMs: Int64) -> Attention? {
        guard expiry.atMs - nowMs <= AttentionBounds.credentialsMs else { return nil }
        let isOver = expiry.atMs <= nowMs
        return Attention(
            isOver ? .problem : .warning,
            .credentialsExpire,
            "AWS credentials",
            "the key pair from \(expiry.name) "
                + (isOver
                    ? "has expired, and AWS refuses calls with it" : "expires \(when(expiry.atMs, nowMs))"),
            sinceMs: isOver ? expiry.atMs : nil,
            next:
                "renew it where it comes from, then `mcp-gateway reload`, or restart where it's in the environment"
        )
    }

    /// `in 3 days`, `in 20 hours`, `in 5 minutes`; rounded down.
    static func when(_ atMs: Int64, _ nowMs: Int64) -> String {
        let minutes = max(0, atMs - nowMs) / 60_000
        func text(_ count: Int64, _ unit: String) -> String { "in \(count) \(unit)\(count == 1 ? "" : "s")" }
        if minutes >= 2 * 24 * 60 { return text(minutes / (24 * 60), "day") }
        return minutes >= 120 ? text(minutes / 60, "hour") : text(minutes, "minute")
    }
}
