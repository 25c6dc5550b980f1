import Calendar

extension PastMoment {
    /// - Throws: `UsageError` when the option's value isn't a time.
    init?(timeIn words: ParsedWords, _ option: Usage.Option) throws(UsageError) {
        guard let text = words.option(option) else { return nil }
        guard let moment = PastMoment(text) else {
            throw UsageError("\(option.name) takes \(PastMoment.words)")
        }
        self = moment
    }
}
