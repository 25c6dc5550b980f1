import Calendar
import Database
import Telemetry

extension WriteTransaction {
    /// Adds the oldest rows of minutes whose hour is over to the rows of the hour and of the day, and deletes them.
    ///
    /// Takes at most `countMax` rows, so that nobody waits long for the writer; returns whether there may be more. A
    /// row that comes later, from a server whose clock is behind, is added by the next call. Each row is always
    /// counted in one place only.
    package borrowing func foldUsage(nowMs: Int64, countMax: Int = 1_000) throws(StoreError) -> Bool {
        let minute = max(0, nowMs) / 3_600_000 * 60
        let rows = try reading.rows(
            """
            SELECT period, tenant_id, key_id, tool_id, outcome, calls, errors, limited, reported, cold_starts, unpriced,
                bytes_in, bytes_out, billed_ms, measured_nusd, estimated_nusd, duration_us, sketch
            FROM usage_minute WHERE period < ? ORDER BY period, tenant_id, key_id, tool_id, outcome LIMIT ?
            """,
            [.integer(minute), Value(max(1, countMax))]
        ) { row throws(StoreError) in UsageRow(row) }
        guard let last = rows.last else { return false }
        try add(Self.summed(rows, by: .hour), to: .hour)
        try add(Self.summed(rows, by: .day), to: .day)
        // All rows up to the last one in this order were read.
        try run(
            """
            DELETE FROM usage_minute
            WHERE (period, tenant_id, key_id, tool_id, outcome) <= (?, ?, ?, ?, ?)
            """,
            Array(last.values.prefix(5))
        )
        return rows.count >= countMax
    }

    private static func summed(_ minutes: [UsageRow], by table: UsageTable) -> [UsageRow] {
        var positions: [UsageRow.Key: Int] = [:]
        var sums: [UsageRow] = []
        for row in minutes {
            var key = row.key
            key.period = table.period(of: key.period, in: .minute)
            if let position = positions[key] {
                sums[position].figures.merge(row.figures)
            } else {
                positions[key] = sums.count
                sums.append(UsageRow(key: key, figures: row.figures))
            }
        }
        return sums
    }

    /// Deletes the oldest hour and the oldest day that are old enough; returns whether there may be more.
    ///
    /// A period is old enough when it lies `UsageRetention` before the clock's time and before as many newer days
    /// with calls. So a clock that is wrong for a while deletes nothing of the real present.
    package borrowing func forgetUsage(nowMs: Int64) throws(StoreError) -> Bool {
        let today = UTCDay(ms: max(0, nowMs)).daysSince1970
        let hours = try drop(
            .hour,
            before: try reading.oldestKept(UsageRetention.hourDays, today: Int64(today))
        )
        let days = try drop(
            .day,
            before: try reading.oldestKept(UsageRetention.days, today: Int64(today))
        )
        return hours || days
    }

    /// Deletes the oldest period of a table if it lies before the day; returns whether it did.
    private borrowing func drop(_ usage: UsageTable, before day: Int64?) throws(StoreError) -> Bool {
        guard let day else { return false }
        let table = usage.name
        let count = try run(
            "DELETE FROM \(table) WHERE period < ?1 AND period = (SELECT min(period) FROM \(table))",
            [.integer(day * usage.periodsOfDay)]
        )
        return count > 0
    }
}

extension ReadTransaction {
    /// The first day that is kept: `days` before today, or the oldest of the newest `days` days with calls if that is
    /// earlier. nil while fewer days have calls.
    fileprivate borrowing func oldestKept(_ days: Int, today: Int64) throws(StoreError) -> Int64? {
        var oldest = try integer("SELECT coalesce(max(period) + 1, -1) FROM usage_day")
        for _ in 0..<days {
            let older = try rows("SELECT max(period) FROM usage_day WHERE period < ?", [.integer(oldest)]) {
                row throws(StoreError) in row.isNull(at: 0) ? nil : row.int64(at: 0)
            }
            guard let day = older.first ?? nil else { return nil }
            oldest = day
        }
        return min(oldest, today - Int64(days))
    }
}

/// How long sums of calls are kept.
package enum UsageRetention {
    /// How long sums of hours are kept, in days.
    package static let hourDays = 90
    /// How long sums of days are kept, in days.
    package static let days = 400
}
