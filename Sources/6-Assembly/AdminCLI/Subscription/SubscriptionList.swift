import JSON

struct SubscriptionList: Command {
    static let usage = Usage(
        path: ["subscription", "list"],
        summary: "Lists what tenants asked for and what was decided, the newest first.",
        options: [
            .init(
                name: "--state",
                value: "S",
                summary: "only pending, approved, denied, revoked, expired or cancelled"
            ),
            .init(name: "--tenant", value: "NAME", summary: "only this tenant's"),
            .init(name: "--target", value: "NAME", summary: "only to this target"),
        ],
        example: "mcp-gateway subscription list --state pending"
    )

    let state: String?
    let tenant: String?
    let target: String?

    init(_ words: ParsedWords) throws {
        state = words.option("--state")
        tenant = words.option("--tenant")
        target = words.option("--target")
    }

    func run(_ session: Session) throws -> Int32 {
        let subscriptions = try session.askAll(
            "subscriptions",
            ["subscriptions"],
            query: [("state", state), ("tenant", tenant), ("target", target)]
        )
        var table = Table(
            "ID",
            "TENANT",
            "TARGET",
            "STATE",
            "TOOLS",
            "ASKED",
            "BY",
            "EXPIRES",
            "REASON",
            spare: ["ASKED", "BY"]
        )
        for subscription in subscriptions {
            table.add(
                subscription.text("id"),
                subscription.text("tenant"),
                subscription.text("target"),
                subscription.text("state"),
                subscription.list("approvedTools") ?? subscription.list("requestedTools") ?? "all",
                subscription.moment("requestedAtMs"),
                subscription.text("requestedBy"),
                subscription.moment("expiresAtMs"),
                subscription.text("decisionReason") ?? subscription.text("requestReason")
            )
        }
        session.answer(["subscriptions": .array(subscriptions)], table, ifEmpty: emptyHint)
        return 0
    }

    private var emptyHint: String {
        if state == "pending" {
            return "no subscriptions wait; `mcp-gateway subscription list` shows those decided"
        }
        if state != nil || tenant != nil || target != nil {
            return "no such subscriptions; `mcp-gateway subscription list` shows all"
        }
        return "no subscriptions yet; `mcp-gateway subscription request` asks for a target in a tenant's name"
    }
}
