import JSON
import Policy
import REST
import Store

// How subscriptions look as JSON; docs/cli-json.md has the words.

extension SubscriptionRecord {
    var json: JSONValue {
        [
            "id": .optional(id),
            "tenant": .string(tenant.text),
            "target": .string(target.text),
            "state": .string(state.rawValue),
            "requestedTools": .texts(requestedTools.map { $0.text }),
            "approvedTools": .texts(approvedTools.map { $0.text }),
            "requestReason": .optional(requestReason),
            "requestedBy": .string(requestedBy),
            "requestedAtMs": .optional(requestedAtMs),
            "decisionReason": .optional(decisionReason),
            "decidedBy": .optional(decidedBy),
            "decidedAtMs": .optional(decidedAtMs),
            "expiresAtMs": .optional(expiresAtMs),
            "pinned": .bool(isPinned),
            "revision": .optional(revision),
        ]
    }
}

let subscriptionSchema = Schema.object([
    .required("id", .id),
    .required("tenant", .name),
    .required("target", .name),
    .required("state", .oneOf(SubscriptionRecord.State.allCases.map { $0.rawValue })),
    .required("requestedTools", .toolPatterns),
    .required("approvedTools", .toolPatterns),
    .required("requestReason", .string().orNull),
    .required("requestedBy", .string()),
    .required("requestedAtMs", .moment),
    .required("decisionReason", .string().orNull),
    .required("decidedBy", .string().orNull),
    .required("decidedAtMs", .moment.orNull),
    .required("expiresAtMs", .moment.orNull),
    .required("pinned", .boolean("whether it holds only for the definitions that were approved with it")),
    .required("revision", .integer()),
])
