import HTTP

struct KeyRevoke: Command {
    static let usage = Usage(
        path: ["key", "revoke"],
        summary: "Stops a key for good.",
        operands: [.keyPrefix],
        options: [.dryRun],
        example: "mcp-gateway key revoke 3k9x0v2a"
    )

    let prefix: String
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        prefix = try words.required(0)
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        let key = try session.ask(
            .post,
            ["keys", prefix, "revoke"],
            query: [("dryRun", isDryRun.queryValue)]
        )
        session.answer(
            key,
            done: "revoked key \(key.word("prefix")) of tenant \(key.word("tenant"))",
            isDryRun: isDryRun
        )
        return 0
    }
}
