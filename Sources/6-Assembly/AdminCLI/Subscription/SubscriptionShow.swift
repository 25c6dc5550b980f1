import HTTP

struct SubscriptionShow: Command {
    static let usage = Usage(
        path: ["subscription", "show"],
        summary: "Shows all about one subscription.",
        operands: [.subscription],
        example: "mcp-gateway subscription show 17"
    )

    let id: String

    init(_ words: ParsedWords) throws { id = try words.subscriptionID() }

    func run(_ session: Session) throws -> Int32 {
        let subscription = try session.ask(.get, ["subscriptions", id])
        session.answer(subscription, text: subscriptionDetails(subscription))
        return 0
    }
}
