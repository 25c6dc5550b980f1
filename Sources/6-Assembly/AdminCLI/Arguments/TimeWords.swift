import Calendar

extension PastMoment {
    /// A day, or a time ago.
    /// - Throws: `UsageError` for a value of that option that is neither.
    init?(_ words: ParsedWords, _ option: Usage.Option) throws(UsageError) {
        guard let text = words.option(option) else { return nil }
        guard let moment = PastMoment(text), !moment.isTime else {
            throw UsageError(
                "\(option.name) takes a time ago, such as 24h, or a UTC day, such as 2026-11-21, today or yesterday"
            )
        }
        self = moment
    }

    /// The same, or a time of a day.
    init?(timeIn words: ParsedWords, _ option: Usage.Option) throws(UsageError) {
        guard let text = words.option(option) else { return nil }
        guard let moment = PastMoment(text) else {
            throw UsageError(
                "\(option.name) takes a time ago, such as 24h, a UTC day, such as 2026-11-21, today or yesterday, or a "
                    + "time of UTC, such as 2026-11-21T14:02, or 14:02 for today's"
            )
        }
        self = moment
    }
}
