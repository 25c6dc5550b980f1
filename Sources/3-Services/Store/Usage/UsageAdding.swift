import Database
import Telemetry

extension WriteTransaction {
    /// The id that usage rows have for a tool, whether the tool exists or not; a new id when it has none yet.
    borrowing func usedToolID(_ name: UsedToolName) throws(StoreError) -> Int64 {
        let values: [Value] = [.text(name.target), .text(name.tool)]
        let known = try reading.rows("SELECT id FROM used_tool WHERE target = ? AND tool = ?", values) {
            row throws(StoreError) in row.int64(at: 0)
        }
        if let id = known.first { return id }
        return try insert("INSERT INTO used_tool (target, tool) VALUES (?, ?) RETURNING id", values)
    }

    /// Adds the rows to the sums in the table.
    ///
    /// Durations are read, merged and written here, in one transaction, because the engine can't merge them.
    borrowing func add(_ rows: [UsageRow], to usage: UsageTable) throws(StoreError) {
        if rows.isEmpty { return }
        let table = usage.name
        do throws(DatabaseError) {
            var look = try Statement(
                """
                SELECT sketch FROM \(table)
                WHERE period = ? AND tenant_id = ? AND key_id = ? AND tool_id = ? AND outcome = ?
                """,
                on: reading.connection
            )
            var write = try Statement(
                """
                INSERT INTO \(table) (period, tenant_id, key_id, tool_id, outcome, calls, errors, limited, reported,
                    cold_starts, unpriced, bytes_in, bytes_out, billed_ms, measured_nusd, estimated_nusd, duration_us,
                    sketch)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18
                WHERE EXISTS (SELECT 1 FROM tenant WHERE id = ?2)
                ON CONFLICT (period, tenant_id, key_id, tool_id, outcome) DO UPDATE SET
                    calls = \(table).calls + excluded.calls, errors = \(table).errors + excluded.errors,
                    limited = \(table).limited + excluded.limited,
                    reported = \(table).reported + excluded.reported,
                    cold_starts = \(table).cold_starts + excluded.cold_starts,
                    unpriced = \(table).unpriced + excluded.unpriced,
                    bytes_in = \(table).bytes_in + excluded.bytes_in,
                    bytes_out = \(table).bytes_out + excluded.bytes_out,
                    billed_ms = \(table).billed_ms + excluded.billed_ms,
                    measured_nusd = \(table).measured_nusd + excluded.measured_nusd,
                    estimated_nusd = \(table).estimated_nusd + excluded.estimated_nusd,
                    duration_us = \(table).duration_us + excluded.duration_us,
                    sketch = coalesce(excluded.sketch, \(table).sketch)
                """,
                on: reading.connection
            )
            for var row in rows {
                if !row.figures.durations.isEmpty {
                    for (index, value) in row.values.prefix(5).enumerated() {
                        try look.bind(value, at: index)
                    }
                    if try look.step(), let bytes = look.row.blob(at: 0),
                        let older = QuantileSketch(encoded: bytes)
                    {
                        row.figures.durations.merge(older)
                    }
                    look.reset()
                }
                try write.bind(row.values)
                _ = try write.step()
                write.reset()
            }
        } catch {
            throw StoreError(error)
        }
    }
}

/// A tool by its target's name and the target's own name for it.
struct UsedToolName: Hashable {
    let target: String
    let tool: String
}
