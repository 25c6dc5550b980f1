import AdminAPI
import REST

// Options and operands that many verbs take.

extension Usage.Operand {
    static let tenant = Usage.Operand(name: "tenant", summary: "the tenant's name", offer: .tenants)

    static let tool = Usage.Operand(name: "tool", summary: "its exposed name, target___tool", offer: .tools)

    static let keyPrefix = Usage.Operand(
        name: "prefix",
        summary: "the 8 characters between mgw_ and the next _",
        offer: .activeKeys
    )
}

extension Usage.Option {
    static let dryRun = Usage.Option(
        name: "--dry-run",
        value: nil,
        summary: "say what would be done, and change nothing"
    )
}

extension Usage.Option {
    /// For commands whose answer is a yes or a no.
    static let quiet = Usage.Option(
        name: "--quiet",
        value: nil,
        summary: "also -q; print nothing, the exit status is the answer"
    )
}

extension ParsedWords {
    var isDryRun: Bool { flag(.dryRun) }
}
