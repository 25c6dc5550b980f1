package import Calendar

/// The time whose calls are summed, in whole hours, and the time before it that it's compared with.
package struct UsageSpan: Sendable, Equatable {
    /// The first hour, since 1970; nil for all from the beginning.
    package let sinceHour: Int64?
    /// The first hour after the span; nil for all until now.
    package let untilHour: Int64?
    /// Milliseconds since 1970.
    package let nowMs: Int64

    /// All that was ever counted.
    package static func all(nowMs: Int64 = 0) -> UsageSpan {
        UsageSpan(sinceHour: nil, untilHour: nil, nowMs: nowMs)
    }

    /// From the hour in which `since` begins to the one in which `until` ends, both included.
    ///
    /// A number of days ago stands for the whole UTC day. nil when the span is empty.
    package init?(from since: PastMoment?, to until: PastMoment?, nowMs: Int64) {
        self.init(
            sinceHour: since.map { since in
                let startMs = since.milliseconds(nowMs: nowMs)
                return since.isWholeDays ? UTCDay(ms: startMs).startMs / Self.hourMs : startMs / Self.hourMs
            },
            untilHour: until.map { until in
                let endMs = until.endMs(nowMs: nowMs)
                if case .ago = until, until.isWholeDays {
                    return (UTCDay(ms: endMs).startMs + UTCDay.ms) / Self.hourMs
                }
                return (endMs + Self.hourMs - 1) / Self.hourMs
            },
            nowMs: nowMs
        )
        if let sinceHour, let untilHour, untilHour <= sinceHour { return nil }
    }

    /// The same; everything that was counted when both are nil.
    /// - Throws: `.invalid` when it ends before it begins, or begins or ends within a day whose hours are no longer
    ///   kept.
    package init(since: PastMoment?, until: PastMoment?, nowMs: Int64) throws(StoreError) {
        guard let span = UsageSpan(from: since, to: until, nowMs: nowMs) else {
            throw StoreError(
                .invalid,
                "until ends before since begins",
                hint: "give a later time, or the same day for that day alone"
            )
        }
        guard !span.needsForgottenHours else {
            throw StoreError(
                .invalid,
                "sums of hours are kept for \(UsageRetention.hourDays) days, and that is longer ago",
                hint: "give whole UTC days, such as 2026-11-21"
            )
        }
        self = span
    }

    /// The same; but for sums by hour without a time the last week, as all hours would be millions of rows.
    package init(
        since: PastMoment?,
        until: PastMoment?,
        by dimensions: [UsageDimension],
        nowMs: Int64
    ) throws(StoreError) {
        let isLong = dimensions.contains(.hour) && since == nil && until == nil
        try self.init(since: isLong ? .ago(milliseconds: 7 * UTCDay.ms) : since, until: until, nowMs: nowMs)
        guard dimensions.contains(.hour) else { return }
        let kept = nowMs / Self.hourMs - Int64(UsageRetention.hourDays) * 24
        guard let sinceHour, sinceHour >= kept - 24 else {
            throw StoreError(
                .invalid,
                "sums of hours are kept for \(UsageRetention.hourDays) days, and that begins longer ago",
                hint: "ask by day, or since a later time"
            )
        }
    }

    init(sinceHour: Int64?, untilHour: Int64?, nowMs: Int64) {
        self.sinceHour = sinceHour
        self.untilHour = untilHour
        self.nowMs = nowMs
    }

    static let hourMs: Int64 = 3_600_000

    /// Whether it begins or ends within a day: sums of days don't suffice then.
    package var hasPartsOfDays: Bool {
        [sinceHour, untilHour].contains { $0.map { $0 % 24 != 0 } ?? false }
    }

    /// Whether it needs hours that are no longer kept.
    package var needsForgottenHours: Bool {
        let kept = nowMs / Self.hourMs - Int64(UsageRetention.hourDays) * 24
        return [sinceHour, untilHour].contains { $0.map { $0 % 24 != 0 && $0 < kept } ?? false }
    }

    /// The time of the same length right before it; nil when it has no beginning, or lies in the future.
    ///
    /// From two weeks on the length is rounded to days: hours of long ago would be many rows, or aren't kept any
    /// more.
    package var before: UsageSpan? {
        guard let sinceHour else { return nil }
        let now = nowMs / Self.hourMs + 1
        let length = min(untilHour ?? now, now) - sinceHour
        guard length > 0 else { return nil }
        let isLong = length >= 14 * 24 && sinceHour % 24 == 0
        let hours = isLong ? (length + 12) / 24 * 24 : length
        let before = UsageSpan(sinceHour: sinceHour - hours, untilHour: sinceHour, nowMs: nowMs)
        return sinceHour - hours < 0 || before.needsForgottenHours ? nil : before
    }

    /// The day or the hour that it begins with.
    package var sinceText: String? { sinceHour.map { Self.text(ofHour: $0) } }

    /// The last day or hour that is in it.
    package var untilText: String? {
        untilHour.map { $0 % 24 == 0 ? Self.text(ofHour: $0 - 24) : Self.text(startOf: $0 - 1) }
    }

    /// The text of the hour or the day that a span begins or ends with: `2026-11-21`, `2026-11-21T14:00Z`.
    package static func text(ofHour hour: Int64) -> String {
        hour % 24 == 0 ? UTCTime(ms: hour * hourMs).day.text : text(startOf: hour)
    }

    /// `2026-11-21T14:00Z`
    static func text(startOf hour: Int64) -> String {
        let time = UTCTime(ms: hour * hourMs)
        return "\(time.day.text)T\(time.clock.prefix(5))Z"
    }
}

/// A range of one table's periods.
struct UsageScan: Equatable {
    let table: UsageTable
    /// nil for all from the beginning.
    let from: Int64?
    /// The first period after the range; nil for all.
    let until: Int64?
}

extension UsageSpan {
    /// The ranges to read, so that each call of the span is found once.
    func scans(inHours: Bool) -> [UsageScan] {
        let minutes = UsageScan(
            table: .minute,
            from: sinceHour.map { $0 * 60 },
            until: untilHour.map { $0 * 60 }
        )
        if inHours { return [UsageScan(table: .hour, from: sinceHour, until: untilHour), minutes] }
        // Whole days, and the hours of the days that are only partly in the span.
        let first = sinceHour.map { ($0 + 23) / 24 }
        let last = untilHour.map { $0 / 24 }
        if let first, let last, first > last {
            return [UsageScan(table: .hour, from: sinceHour, until: untilHour), minutes]
        }
        var scans: [UsageScan] = []
        if let first, let sinceHour, sinceHour < first * 24 {
            scans.append(UsageScan(table: .hour, from: sinceHour, until: first * 24))
        }
        scans.append(UsageScan(table: .day, from: first, until: last))
        if let last, let untilHour, last * 24 < untilHour {
            scans.append(UsageScan(table: .hour, from: last * 24, until: untilHour))
        }
        return scans + [minutes]
    }
}
