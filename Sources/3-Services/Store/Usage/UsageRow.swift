import Database
import Telemetry

/// One row of a `UsageTable`: the sums of the calls of one period with the same tenant, key, tool and outcome.
struct UsageRow {
    struct Key: Hashable {
        /// Minutes, hours or days since 1970.
        var period: Int64
        let tenantID: Int64
        /// 0 for calls with a token, -1 for those of more keys than are told apart.
        let keyID: Int64
        let toolID: Int64
        /// The raw value of a `CallOutcome`; -1 where it wasn't kept.
        let outcome: Int64
    }

    var key: Key
    var figures: UsageFigures

    /// The number of columns that `init(_:)` reads and `values` gives, in order.
    static let columnCount = 18

    init(key: Key, figures: UsageFigures) {
        self.key = key
        self.figures = figures
    }

    init(_ row: borrowing Row) {
        key = Key(
            period: row.int64(at: 0),
            tenantID: row.int64(at: 1),
            keyID: row.int64(at: 2),
            toolID: row.int64(at: 3),
            outcome: row.int64(at: 4)
        )
        figures = UsageFigures()
        figures.addCounts(row)
        // Bytes that aren't a sketch count as none.
        if let bytes = row.blob(at: 17), let sketch = QuantileSketch(encoded: bytes) {
            figures.durations = sketch
        }
    }

    var values: [Value] {
        [
            .integer(key.period), .integer(key.tenantID), .integer(key.keyID), .integer(key.toolID),
            .integer(key.outcome), Value(figures.calls), Value(figures.errors), Value(figures.limited),
            Value(figures.reported), Value(figures.coldStarts), Value(figures.unpriced),
            Value(figures.bytesIn), Value(figures.bytesOut), Value(figures.billedMs),
            Value(figures.measuredNanoUSD), Value(figures.estimatedNanoUSD), Value(figures.durationUs),
            figures.durations.isEmpty ? .null : .blob(figures.durations.encoded),
        ]
    }
}

extension UsageFigures {
    /// Adds the figures of a row, except the sketch.
    mutating func addCounts(_ row: borrowing Row) {
        let calls = Int(row.int64(at: 5))
        self.calls &+= calls
        if row.int64(at: 4) == Int64(CallOutcome.throttled.rawValue) { throttled &+= calls }
        errors &+= Int(row.int64(at: 6))
        limited &+= Int(row.int64(at: 7))
        reported &+= Int(row.int64(at: 8))
        coldStarts &+= Int(row.int64(at: 9))
        unpriced &+= Int(row.int64(at: 10))
        bytesIn &+= Int(row.int64(at: 11))
        bytesOut &+= Int(row.int64(at: 12))
        billedMs &+= Int(row.int64(at: 13))
        measuredNanoUSD &+= Int(row.int64(at: 14))
        estimatedNanoUSD &+= Int(row.int64(at: 15))
        durationUs &+= Int(row.int64(at: 16))
    }
}
