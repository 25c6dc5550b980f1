package import Calendar
import JSON

// Values that many requests and answers of the APIs have.

extension Coding where Value == Int64 {
    package static var moment: Coding {
        var coding = Coding.integer(0...JSONInteger.max, "milliseconds since 1970")
        coding.display = .moment
        return coding
    }

    package static var id: Coding { .integer(1...JSONInteger.max, "never used twice") }
}

extension Coding where Value == String {
    /// The grammar of targets' and tenants' names.
    package static var name: Coding {
        .text(1...50, pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", "a-z, 0-9 and single hyphens")
    }

    /// A pattern over exposed tool names.
    package static func toolPattern(max: Int) -> Coding {
        .text(
            1...max,
            pattern: "^[!-~]+$",
            "a name with * for any run of characters and ? for one, such as time___*"
        )
    }

    package static var durationText: Coding {
        .text(
            2...20,
            pattern: "^[1-9][0-9]{0,8}(ms|s|m|h|d)$",
            "a whole number and s, m, h or d, such as 90d"
        )
    }

    /// An end: a duration from now, or the beginning of a UTC day.
    package static var expiryText: Coding {
        .text(
            2...20,
            pattern: "^([1-9][0-9]{0,8}(ms|s|m|h|d)|[0-9]{4}-[0-9]{2}-[0-9]{2})$",
            "a whole number and s, m, h or d, such as 90d, or a UTC day, such as 2027-01-01"
        )
    }
}

extension Coding where Value == PastMoment {
    /// A time such as `24h`, `2026-11-21` or `2026-11-21T14:02`, in the query under that name.
    package static func pastMoment(_ name: String) -> Coding<PastMoment> {
        let clock = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?"
        let day = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        let zone = "(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?"
        return Coding<String>.text(
            1...PastMoment.bytesMax,
            pattern:
                "^([0-9]{1,9}(ms|s|m|h|d)|\(day)([T ]\(clock)\(zone))?|\(clock)Z?|[0-9]{4}-(0[1-9]|1[0-2])"
                + "|today|yesterday|(mon|tues|wednes|thurs|fri|satur|sun)day|this-month|last-month)$",
            "\(PastMoment.words)"
        ).map(
            write: { _ in "" },
            read: { text throws(Problem) in
                if let moment = PastMoment(text) { return moment }
                throw Problem(
                    .invalid,
                    "query \(name) is not a time",
                    hint: "give \(PastMoment.words)",
                    errors: [.init("query \(name)", "is not a time")]
                )
            }
        )
    }
}

extension Coding where Value == [String] {
    /// Some of these words in one text of the query, with commas between; a repeated word counts once.
    package static func wordList(of known: [String], query name: String) -> Coding {
        let word = "(\(known.joined(separator: "|")))"
        let most = known.reduce(known.count - 1) { $0 + $1.utf8.count }
        return Coding(
            .string(1...max(200, most), pattern: "^\(word)(,\(word)){0,\(known.count - 1)}$"),
            write: { .string($0.joined(separator: ",")) },
            read: { json throws(Problem) in
                guard let text = json.stringValue else { return nil }
                var words: [String] = []
                for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                    guard known.contains(where: { $0.utf8.elementsEqual(part.utf8) }) else {
                        throw Problem(
                            .invalid,
                            "query \(name) takes some of \(known.joined(separator: ", "))",
                            hint:
                                "put commas between them, as in \(name)=\(known.prefix(2).joined(separator: ","))",
                            errors: [
                                .init("query \(name)", "must be one of \(known.joined(separator: ", "))")
                            ]
                        )
                    }
                    if !words.contains(String(part)) { words.append(String(part)) }
                }
                return words
            }
        )
    }
}
