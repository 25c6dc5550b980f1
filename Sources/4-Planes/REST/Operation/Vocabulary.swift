import Calendar
import JSON

// What many requests and answers of the APIs hold.

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

    /// An end: so long from now, or the beginning of a UTC day.
    package static var expiryText: Coding {
        .text(
            2...20,
            pattern: "^([1-9][0-9]{0,8}(ms|s|m|h|d)|[0-9]{4}-[0-9]{2}-[0-9]{2})$",
            "a whole number and s, m, h or d, such as 90d, or a UTC day, such as 2027-01-01"
        )
    }

    /// A UTC day such as `2026-11-21`.
    package static var day: Coding {
        let text = Coding.text(10...10, pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
        return Coding(
            text.schema,
            write: text.write,
            read: { json throws(Problem) in
                guard let day = json.stringValue, UTCDay(day) == nil else { return json.stringValue }
                throw Problem(
                    .invalid,
                    "query since is no day",
                    hint: "give one such as 2026-11-21",
                    errors: [.init("query since", "is no day")]
                )
            }
        )
    }
}
