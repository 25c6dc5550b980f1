import JSON
import REST

extension JSONObject {
    /// The object with more members at its end.
    func with(_ more: (String, JSONValue)...) -> JSONObject {
        JSONObject(members.map { ($0.key, $0.value) } + more)
    }
}

/// Schemas that many answers and requests share.
extension Schema {
    static let moment = Schema.integer(0...JSONInteger.max, "milliseconds since 1970")

    static let id = Schema.integer(1...JSONInteger.max, "never used twice")

    /// The grammar of targets' and tenants' names.
    static let name = Schema.string(
        1...50,
        pattern: "^[a-z0-9]+(-[a-z0-9]+)*$",
        "a-z, 0-9 and single hyphens"
    )

    /// A pattern over exposed tool names.
    static let toolPattern = Schema.string(
        1...256,
        pattern: "^[!-~]+$",
        "a name with * for any run of characters and ? for one, such as time___*"
    )

    static let toolPatterns = Schema.array(.toolPattern, max: 100, "none means no narrowing")

    static let durationText = Schema.string(
        2...20,
        pattern: "^[1-9][0-9]{0,8}(ms|s|m|h|d)$",
        "a whole number and s, m, h or d, such as 90d"
    )

    /// An end: so long from now, or the beginning of a UTC day.
    static let expiryText = Schema.string(
        2...20,
        pattern: "^([1-9][0-9]{0,8}(ms|s|m|h|d)|[0-9]{4}-[0-9]{2}-[0-9]{2})$",
        "a whole number and s, m, h or d, such as 90d, or a UTC day, such as 2027-01-01"
    )

    /// Of a target or a tenant, as a parameter of the path.
    static let pathName = Schema.string(1...1_024)
}
