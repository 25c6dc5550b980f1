import Database
package import RateLimit

/// Calls to be added to a day's sums.
package struct UsageDelta: Sendable, Equatable {
    /// The UTC day, `2026-11-21`.
    package var day: String
    package var tenantID: Int64
    /// 0 for calls with a token.
    package var keyID: Int64
    package var target: String
    /// The target's own name for the tool.
    package var tool: String
    package var calls: Int
    /// Calls that failed, of `calls`.
    package var errors: Int
    /// Calls that a limit turned away; not among `calls`.
    package var limited: Int
    /// Of all calls together, in microseconds.
    package var durationUs: Int

    package init(
        day: String,
        tenantID: Int64,
        keyID: Int64,
        target: String,
        tool: String,
        calls: Int = 0,
        errors: Int = 0,
        limited: Int = 0,
        durationUs: Int = 0
    ) {
        self.day = day
        self.tenantID = tenantID
        self.keyID = keyID
        self.target = target
        self.tool = tool
        self.calls = calls
        self.errors = errors
        self.limited = limited
        self.durationUs = durationUs
    }
}

extension WriteTransaction {
    /// Adds to the days' sums. For the server's flusher: neither a change of the policy nor in the audit log.
    ///
    /// Of a tenant that was never there, nothing is kept. A batch is prepared once; some 5 µs a delta.
    package borrowing func addUsage(_ deltas: [UsageDelta]) throws(StoreError) {
        try runEach(
            """
            INSERT INTO usage (day, tenant_id, key_id, target, tool, calls, errors, limited, duration_us)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM tenant WHERE id = ?2)
            ON CONFLICT (day, tenant_id, key_id, target, tool) DO UPDATE SET
                calls = usage.calls + excluded.calls, errors = usage.errors + excluded.errors,
                limited = usage.limited + excluded.limited,
                duration_us = usage.duration_us + excluded.duration_us
            """,
            deltas.lazy.map { delta in
                [
                    .text(delta.day), .integer(delta.tenantID), .integer(delta.keyID), .text(delta.target),
                    .text(delta.tool), Value(delta.calls), Value(delta.errors), Value(delta.limited),
                    Value(delta.durationUs),
                ]
            }
        )
    }

    /// Adds to what quotas have counted; `count` is how much. Of a limit that is gone, nothing is kept.
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

    /// Forgets the periods of one kind that lie before `period` and are not among the newest `countMin` stored ones.
    ///
    /// Both must hold, so that a clock that is years ahead forgets nothing of the real present: only when it has
    /// stayed wrong for `countMin` periods with calls would the real ones be old in both ways.
    /// How many counters went.
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
