import Calendar
package import Store
import Text

/// An end as it is asked for, in milliseconds since 1970: a time from now such as `90d`, at most 10 years, or the
/// beginning of a UTC day such as `2027-01-01`.
///
/// `purpose` ends the sentence "… is no time for", e.g. `a key to live`.
/// - Throws: `.invalid`, also for a day that has begun.
package func expiryMs(_ text: String, for purpose: String, nowMs: Int64) throws(StoreError) -> Int64 {
    guard let startMs = UTCDay(text)?.startMs, startMs >= 0 else {
        do throws(StoreError) { return nowMs + (try lifeMs(text, for: purpose)) } catch {
            throw StoreError(
                error.kind,
                error.message,
                hint: "\(error.hint), or a UTC day such as 2027-01-01"
            )
        }
    }
    guard startMs > nowMs else {
        throw StoreError(
            .invalid,
            "\(quoted(text)) has begun, in UTC",
            hint: "give a later day, or a time from now such as 90d"
        )
    }
    return startMs
}
