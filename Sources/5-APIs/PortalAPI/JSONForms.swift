import JSON
import REST

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

    /// Patterns over exposed tool names.
    static let toolPatterns = Schema.array(
        .string(
            1...200,
            pattern: "^[!-~]+$",
            "a name with * for any run of characters and ? for one, such as time___*"
        ),
        max: 100,
        "none means all"
    )

    /// Of anything in a path: what names nothing is told so, in whatever form it is.
    static let pathText = Schema.string(1...2_048)
}

/// What isn't there has one text, so that nobody learns whether it's another's, switched off or made up.
extension Problem {
    static let noTarget = Problem(
        .notFound,
        "there is no such target",
        hint: "GET /portal/v1/targets lists those that there are"
    )

    static let noSubscription = Problem(
        .notFound,
        "there is no such subscription",
        hint: "GET /portal/v1/subscriptions lists yours"
    )
}
