import JSON
import Policy
import REST
import Store

// How subscriptions look to their tenant; docs/portal-api.md has the words.

extension SubscriptionRecord {
    var json: JSONValue {
        [
            "id": .optional(id),
            "target": .string(target.text),
            "state": .string(state.rawValue),
            "requestedTools": .texts(requestedTools.map { $0.text }),
            "approvedTools": .texts(approvedTools.map { $0.text }),
            "requestReason": .optional(requestReason),
            "requestedBy": .string(side(requestedBy)),
            "requestedAtMs": .optional(requestedAtMs),
            "decisionReason": .optional(decisionReason),
            "decidedBy": .optional(decidedBy.map(side)),
            "decidedAtMs": .optional(decidedAtMs),
            "expiresAtMs": .optional(expiresAtMs),
            "pinned": .bool(isPinned),
        ]
    }
}

/// Which side an actor is on; operators' names are theirs.
private func side(_ actor: String) -> String {
    if actor.hasPrefix("portal:") { return "tenant" }
    return actor == "system" ? "gateway" : "operator"
}

private let sides = ["tenant", "operator", "gateway"]

let subscriptionSchema = Schema.object([
    .required("id", .id),
    .required("target", .name),
    .required("state", .oneOf(SubscriptionRecord.State.allCases.map { $0.rawValue })),
    .required("requestedTools", .toolPatterns),
    .required("approvedTools", .toolPatterns),
    .required("requestReason", .string().orNull),
    .required("requestedBy", .oneOf(sides)),
    .required("requestedAtMs", .moment),
    .required("decisionReason", .string().orNull),
    .required("decidedBy", .oneOf(sides).orNull),
    .required("decidedAtMs", .moment.orNull),
    .required("expiresAtMs", .moment.orNull),
    .required("pinned", .boolean("whether it holds only for the definitions that were approved with it")),
])
