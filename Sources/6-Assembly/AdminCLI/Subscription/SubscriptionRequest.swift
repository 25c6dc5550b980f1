import HTTP
import JSON

struct SubscriptionRequest: Command {
    static let usage = Usage(
        path: ["subscription", "request"],
        summary: "Asks for a target in a tenant's name.",
        operands: [.tenant, .init(name: "target", summary: "the target's name")],
        options: [
            .init(
                name: "--tools",
                value: "PATTERN",
                summary: "only tools that match, such as time___*; all when left out",
                isRepeatable: true
            ),
            .reason,
        ],
        details: "While one is pending or approved, that one is the answer.",
        example: "mcp-gateway subscription request team-a time --reason 'for the planner'"
    )

    let tenant: String
    let target: String
    let tools: [String]
    let reason: String?

    init(_ words: ParsedWords) throws {
        tenant = try words.required(0)
        target = try words.required(1)
        tools = words.options("--tools")
        reason = words.option("--reason")
    }

    func run(_ session: Session) throws -> Int32 {
        var body: [(String, JSONValue)] = [("tenant", .string(tenant)), ("target", .string(target))]
        if !tools.isEmpty { body.append(("tools", .array(tools.map { .string($0) }))) }
        if let reason { body.append(("reason", .string(reason))) }
        let subscription = try session.ask(.post, ["subscriptions"], body)
        let state = subscription.word("state")
        let next =
            state == "pending"
            ? "; `mcp-gateway subscription approve \(subscription.word("id"))` grants it" : ""
        session.answer(subscription, done: "\(subscriptionName(subscription)) is \(state)\(next)")
        return 0
    }
}
