import JSON
import Policy
import REST
import Store

// How targets look to a tenant; docs/portal-api.md has the words. Functions, regions and addresses are the operator's.

extension TargetEntry {
    /// - Parameters:
    ///   - tools: how many it has that aren't held back.
    ///   - subscription: the tenant's newest; nil when it never asked.
    func json(tools: Int, subscription: SubscriptionRecord?) -> JSONValue {
        [
            "name": .string(name),
            "description": .optional(description),
            "approval": .string(approval.rawValue),
            "tools": .int(tools),
            "subscription": subscription.map { subscription in
                [
                    "id": .optional(subscription.id),
                    "state": .string(subscription.state.rawValue),
                    "expiresAtMs": .optional(subscription.expiresAtMs),
                ]
            } ?? .null,
        ]
    }
}

let targetSchema = Schema.object([
    .required("name", .name),
    .required("description", .string(0...4_096).orNull),
    .required(
        "approval",
        .oneOf(
            Approval.allCases.map { $0.rawValue },
            "required: an operator decides; auto: approved as it's asked for; open: nothing to ask for"
        )
    ),
    .required("tools", .integer(0...JSONInteger.max, "how many it has")),
    .required(
        "subscription",
        Schema(
            .object([
                .required("id", .id),
                .required("state", .oneOf(SubscriptionRecord.State.allCases.map { $0.rawValue })),
                .required("expiresAtMs", .moment.orNull),
            ]),
            "your newest to it; null when you never asked"
        ).orNull
    ),
])
