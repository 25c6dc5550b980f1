struct SubscriptionDeny: Command {
    static let usage = Usage(
        path: ["subscription", "deny"],
        summary: "Refuses what a tenant asked for; it may ask again.",
        operands: [.subscription],
        options: [.reason, .dryRun],
        example: "mcp-gateway subscription deny 17 --reason 'use the archive instead'"
    )

    let ending: SubscriptionEnding

    init(_ words: ParsedWords) throws { ending = try SubscriptionEnding(words) }

    func run(_ session: Session) throws -> Int32 {
        try ending.run("deny", done: "denied", session)
        return 0
    }
}
