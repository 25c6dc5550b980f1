import Database
package import RateLimit
package import Telemetry

/// Calls to be added to a minute's sums.
package struct UsageDelta: Sendable, Equatable {
    /// UTC, in minutes since 1970.
    package var minute: Int64
    package var tenantID: Int64
    /// 0 for calls with a token, -1 for those of more keys and tools than are told apart.
    package var keyID: Int64
    /// Empty, with `tool`, for calls of more tools than are told apart.
    package var target: String
    /// The target's own name for the tool.
    package var tool: String
    /// How the calls ended; nil where that wasn't kept.
    package var outcome: CallOutcome?
    package var figures: UsageFigures

    package init(
        minute: Int64,
        tenantID: Int64,
        keyID: Int64,
        target: String,
        tool: String,
        outcome: CallOutcome?,
        figures: UsageFigures
    ) {
        self.minute = minute
        self.tenantID = tenantID
        self.keyID = keyID
        self.target = target
        self.tool = tool
        self.outcome = outcome
        self.figures = figures
    }
}

extension WriteTransaction {
    /// Adds to the minutes' sums. For the server's flusher: it neither changes the policy nor appears in the audit
    /// log.
    ///
    /// Deltas of an unknown tenant are dropped. A batch is prepared once; about 15 µs a delta.
    package borrowing func addUsage(_ deltas: [UsageDelta]) throws(StoreError) {
        var ids: [UsedToolName: Int64] = [:]
        var rows: [UsageRow] = []
        rows.reserveCapacity(deltas.count)
        for delta in deltas where !delta.figures.isEmpty {
            let name = UsedToolName(target: delta.target, tool: delta.tool)
            let id: Int64
            if let known = ids[name] { id = known } else { id = try usedToolID(name) }
            ids[name] = id
            rows.append(
                UsageRow(
                    key: UsageRow.Key(
                        period: delta.minute,
                        tenantID: delta.tenantID,
                        keyID: delta.keyID,
                        toolID: id,
                        outcome: Int64(delta.outcome?.rawValue ?? -1)
                    ),
                    figures: delta.figures
                )
            )
        }
        try add(rows, to: .minute)
    }

    /// Adds `count` to what quotas have counted. Deltas of a limit that is gone are dropped.
    package borrowing func addQuotaUsage(_ deltas: [QuotaUsage]) throws(StoreError) {
        try runEach(
            """
            INSERT INTO quota_usage (limit_id, period, count)
            SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM usage_limit WHERE id = ?1)
            ON CONFLICT (limit_id, period) DO UPDATE SET count = quota_usage.count + excluded.count
            """,
            deltas.lazy.map { [.integer($0.limitID), .text($0.period), .integer($0.count)] }
        )
    }

    /// Deletes the periods of one kind that lie before `period` and are not among the newest `countMin` stored ones.
    ///
    /// Both must hold, so that a clock that is years ahead deletes nothing of the real present: only when it has
    /// stayed wrong for `countMin` periods with calls would the real ones be old in both ways.
    /// - Returns: how many counters were deleted.
    /// - Parameters:
    ///   - kind: what the kind's periods begin with, `day:` or `month:`.
    ///   - period: one of that kind.
    @discardableResult
    package borrowing func dropQuotaUsage(
        of kind: String,
        before period: String,
        keepingNewest countMin: Int
    ) throws(StoreError) -> Int {
        try run(
            """
            DELETE FROM quota_usage WHERE substr(period, 1, length(?1)) = ?1 AND period < ?2 AND period < (
                SELECT DISTINCT period FROM quota_usage WHERE substr(period, 1, length(?1)) = ?1
                ORDER BY period DESC LIMIT 1 OFFSET ?3
            )
            """,
            [.text(kind), .text(period), Value(max(1, countMin) - 1)]
        )
    }
}
