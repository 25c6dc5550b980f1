import Calendar
import Text

/// Reads a requested end, as milliseconds since 1970: a time from now such as `90d`, at most 10 years, or the beginning
/// of a UTC day such as `2027-01-01`.
///
/// `purpose` ends the sentence "… is not a time for", e.g. `a key to live`.
/// - Throws: `.invalid`, also for a day that has begun.
package func expiryMs(_ text: String, for purpose: String, nowMs: Int64) throws(ModelFault) -> Int64 {
    guard let startMs = UTCDay(text)?.startMs, startMs >= 0 else {
        do throws(ModelFault) { return nowMs + (try lifeMs(text, for: purpose)) } catch {
            throw ModelFault(
                error.kind,
                error.message,
                hint: "\(error.hint), or a UTC day such as 2027-01-01"
            )
        }
    }
    guard startMs > nowMs else {
        throw ModelFault(
            .invalid,
            "\(quoted(text)) has begun, in UTC",
            hint: "give a later day, or a time from now such as 90d"
        )
    }
    return startMs
}

/// Reads a requested time from now, such as `90d`, as milliseconds; at most 10 years.
///
/// `purpose` ends the sentence "… is not a time for", e.g. `a key to live`.
/// - Throws: `.invalid`.
package func lifeMs(_ text: String, for purpose: String) throws(ModelFault) -> Int64 {
    guard let life = DurationText.parse(text), life > .zero, life <= .seconds(3_653 * 86_400) else {
        throw ModelFault(
            .invalid,
            "\(quoted(text)) is not a time for \(purpose)",
            hint: "give a whole number and s, m, h or d, at most 3653d, such as 90d"
        )
    }
    return life.milliseconds
}
