import Calendar
import Store
import Telemetry
import Testing

extension UsageDelta {
    /// Calls in the first minute of a UTC day, with unknown outcomes.
    init(
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
        var figures = UsageFigures()
        figures.calls = calls
        figures.errors = errors
        figures.limited = limited
        figures.durationUs = durationUs
        self.init(
            minute: (UTCDay(day)?.startMs ?? 0) / 60_000,
            tenantID: tenantID,
            keyID: keyID,
            target: target,
            tool: tool,
            outcome: nil,
            figures: figures
        )
    }

    /// `2026-11-21`
    var day: String { UTCDay(ms: minute * 60_000).text }
}

extension UsageSpan {
    /// The time from the beginning of the first span to the end of the second.
    init(_ since: String?, _ until: String? = nil, nowMs: Int64 = 0) throws {
        let moments = try [since, until].map { text in try text.map { try #require(PastMoment($0)) } }
        try self.init(since: moments[0], until: moments[1], nowMs: nowMs)
    }
}
