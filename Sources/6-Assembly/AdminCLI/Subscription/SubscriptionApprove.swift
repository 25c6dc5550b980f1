import HTTP
import JSON

struct SubscriptionApprove: Command {
    static let usage = Usage(
        path: ["subscription", "approve"],
        summary: "Grants what a tenant asked for.",
        operands: [.subscription],
        options: [
            .init(
                name: "--expires",
                value: "30d|DAY",
                summary:
                    "how long it holds, or the UTC day such as 2027-01-01 it ends at; for ever when left out"
            ),
            .init(
                name: "--tools",
                value: "PATTERN",
                summary: "only what was asked for and matches, such as time___*",
                isRepeatable: true
            ),
            .reason, .dryRun,
        ],
        example: "mcp-gateway subscription approve 17 --expires 30d --tools 'time___*'"
    )

    let id: String
    let expires: String?
    let tools: [String]
    let reason: String?
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        id = try words.subscriptionID()
        expires = words.option("--expires")
        tools = words.options("--tools")
        reason = words.option("--reason")
        isDryRun = words.isDryRun
    }

    func run(_ session: Session) throws -> Int32 {
        var body: [(String, JSONValue)] = []
        if let reason { body.append(("reason", .string(reason))) }
        if let expires { body.append(("expires", .string(expires))) }
        if !tools.isEmpty { body.append(("tools", .array(tools.map { .string($0) }))) }
        let subscription = try session.ask(
            .post,
            ["subscriptions", id, "approve"],
            query: [("dryRun", isDryRun.queryValue)],
            body
        )
        let end = subscription.moment("expiresAtMs").map { " until \($0)" } ?? ""
        let only = subscription.list("approvedTools").map { ", only \(safe($0))" } ?? ""
        session.answer(
            subscription,
            done: "approved \(subscriptionName(subscription))\(end)\(only)",
            isDryRun: isDryRun
        )
        return 0
    }
}
