import HTTP
import JSON

// How subscriptions are shown, and words that the verbs of this folder share.

/// All about one subscription, for people.
func subscriptionDetails(_ subscription: JSONValue) -> String {
    details([
        ("id", subscription.text("id")),
        ("tenant", subscription.text("tenant")),
        ("target", subscription.text("target")),
        ("state", subscription.text("state")),
        ("asked for", subscription.list("requestedTools") ?? "all tools"),
        ("asked by", subscription.text("requestedBy")),
        ("asked at", subscription.moment("requestedAtMs")),
        ("reason", subscription.text("requestReason")),
        ("approved", subscription.list("approvedTools")),
        ("decided by", subscription.text("decidedBy")),
        ("decided at", subscription.moment("decidedAtMs")),
        ("decision", subscription.text("decisionReason")),
        ("expires", subscription.moment("expiresAtMs")),
        ("pinned", subscription.truth("pinned") ? "to the approved definitions" : "no"),
    ])
}

/// `subscription 3 of tenant team-a to time`
func subscriptionName(_ subscription: JSONValue) -> String {
    let (tenant, target) = (subscription.word("tenant"), subscription.word("target"))
    return "subscription \(subscription.word("id")) of tenant \(tenant) to \(target)"
}

/// `subscription deny` and `subscription revoke`.
struct SubscriptionEnding: Sendable {
    let id: String
    let reason: String?
    let isDryRun: Bool

    init(_ words: ParsedWords) throws {
        id = try words.subscriptionID()
        reason = words.option("--reason")
        isDryRun = words.isDryRun
    }

    func run(_ verb: String, done: String, _ session: Session) throws {
        let subscription = try session.ask(
            .post,
            ["subscriptions", id, verb],
            query: [("dryRun", isDryRun.queryValue)],
            reason.map { [("reason", .string($0))] } ?? []
        )
        session.answer(
            subscription,
            done: "\(done) \(subscriptionName(subscription))",
            isDryRun: isDryRun
        )
    }
}

extension ParsedWords {
    /// The first operand, which is a number.
    func subscriptionID() throws -> String {
        let id = try required(0)
        guard Int64(id) != nil else {
            throw CommandFailure(
                "\(quoted(id)) is no subscription's number",
                hint: "`mcp-gateway subscription list` shows them"
            )
        }
        return id
    }
}

extension Usage.Option {
    static let reason = Usage.Option(
        name: "--reason",
        value: "R",
        summary: "for the other side and the audit log"
    )
}
