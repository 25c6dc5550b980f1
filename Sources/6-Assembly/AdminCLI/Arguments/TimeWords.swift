import Calendar

/// A time in the past that an option takes.
extension PastTime {
    /// - Throws: `UsageError` for a value of that option that is none.
    init?(_ words: ParsedWords, _ option: Usage.Option) throws(UsageError) {
        guard let text = words.option(option) else { return nil }
        guard let time = PastTime(text) else { throw UsageError("\(option.name) takes \(PastTime.words)") }
        self = time
    }
}
