// Words that many verbs take.

extension Usage.Operand {
    static let tenant = Usage.Operand(name: "tenant", summary: "the tenant's name")

    static let tool = Usage.Operand(name: "tool", summary: "its exposed name, target___tool")

    static let keyPrefix = Usage.Operand(
        name: "prefix",
        summary: "the 8 characters between mgw_ and the next _"
    )

    static let subscription = Usage.Operand(name: "id", summary: "the subscription's number")

    static let pattern = Usage.Operand(
        name: "pattern",
        summary: "a name with * for any run of characters and ? for one, such as time___*"
    )
}

extension Usage.Option {
    static let dryRun = Usage.Option(
        name: "--dry-run",
        value: nil,
        summary: "say what would be done, and change nothing"
    )
}

extension ParsedWords {
    var isDryRun: Bool { flag("--dry-run") }
}

extension Bool {
    /// As a query of the admin API has it: left out when it's false.
    var queryValue: String? { self ? "true" : nil }
}
