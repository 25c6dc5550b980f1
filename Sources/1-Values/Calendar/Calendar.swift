// Calendar: days and times of UTC, and durations, in the spellings that people, signatures and HTTP use. No clock.
//
//   Depends on   Bytes
//   Used by      whatever writes or reads a date or a duration
//   Start at     UTCDay, UTCTime, DurationText

/// Date and time in UTC, such as `2026-11-21T01:10:18.705`, for any number of milliseconds since 1970. The caller
/// appends the zone.
package func dateAndTimeText(ms: Int64) -> String {
    let day = UTCDay(ms: ms)
    let rest = Int(ms % UTCDay.ms)
    let ofDay = rest < 0 ? rest + Int(UTCDay.ms) : rest
    return "\(day.text)T\(clockText(ofDay / 1_000)).\(padded(ofDay % 1_000, 3))"
}

/// `01:10:18` for a second of the day.
func clockText(_ second: Int) -> String {
    "\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
}

/// A number with leading zeros, `digits` long at least.
func padded(_ value: Int, _ digits: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
