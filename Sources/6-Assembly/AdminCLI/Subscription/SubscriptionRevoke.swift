struct SubscriptionRevoke: Command {
    static let usage = Usage(
        path: ["subscription", "revoke"],
        summary: "Takes an approval back, at once; the tenant may ask again.",
        operands: [.subscription],
        options: [.reason, .dryRun],
        example: "mcp-gateway subscription revoke 17 --reason 'the project has ended'"
    )

    let ending: SubscriptionEnding

    init(_ words: ParsedWords) throws { ending = try SubscriptionEnding(words) }

    func run(_ session: Session) throws -> Int32 {
        try ending.run("revoke", done: "revoked", session)
        return 0
    }
}
