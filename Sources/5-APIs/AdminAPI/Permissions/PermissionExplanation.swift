import JSON
import Policy
import REST
import Store

extension Services {
    /// What the policy says of a tenant and a tool now. `key` is a prefix; without one the tenant's own rules count.
    func explanation(tenant: String, tool: String, key: String?) async throws(Problem) -> APIReply {
        let now = nowMs()
        let listed = try await listedTool(tool)
        let snapshot = try await read { reading throws(StoreError) in
            let tenant = try reading.tenant(try checked(TenantName(tenant)), nowMs: now)
            if let key {
                let found = try reading.key(prefix: key)
                // Another tenant's key is as unknown as one that isn't there.
                guard found.tenant == tenant.name else {
                    throw StoreError(
                        .notFound,
                        "tenant \(tenant.name) has no key \(found.prefix)",
                        hint: "`mcp-gateway key list \(tenant.name)` shows its keys"
                    )
                }
            }
            return try reading.loadSnapshot()
        }
        guard case .served(let record) = listed else {
            return APIReply(refusal(listed, tenant: tenant, key: key))
        }
        guard let holder = snapshot.tenant(named: tenant),
            let position = snapshot.tool(named: record.exposedName.utf8.span)
        else { throw Problem(.failed, "the policy lacks what the store has") }
        var principal = Principal(
            tenant: holder,
            credential: .token(TokenGrant(scopes: ScopeSet(), expiresAtMs: .max, subject: 0))
        )
        if let key {
            guard let known = snapshot.keys.firstIndex(where: { $0.prefix == key }) else {
                throw Problem(.failed, "the policy lacks what the store has")
            }
            principal = Principal(tenant: holder, key: known)
        }
        let found = snapshot.explain(principal, tool: position, nowMs: now)
        return APIReply(found.json(tenant: tenant, tool: record.exposedName, key: key))
    }
}

/// Of a tool that nobody gets.
private func refusal(_ tool: ListedTool, tenant: String, key: String?) -> JSONValue {
    var reason = "the tool is refused"
    if case .refused(let record, _) = tool {
        let member = record.tool.member
        reason += ": \(member.isEmpty ? "" : "\(member): ")\(record.tool.reason)"
    }
    return [
        "tenant": .string(tenant), "tool": .string(tool.exposedName), "key": .optional(key), "allowed": false,
        "rule": "tool-refused", "reason": .string(reason), "pattern": .null, "subscription": .null,
        "allowedBy": .array([]),
    ]
}

extension Explanation {
    fileprivate func json(tenant: String, tool: String, key: String?) -> JSONValue {
        let words = rule.words
        return [
            "tenant": .string(tenant),
            "tool": .string(tool),
            "key": .optional(key),
            "allowed": .bool(decision == .allowed),
            "rule": .string(words.name),
            "reason": .string(words.reason),
            "pattern": .optional(words.pattern),
            "subscription": .optional(words.subscription),
            "allowedBy": .texts(allowedBy.map { $0.text }),
        ]
    }
}

extension Explanation.Rule {
    fileprivate struct Words {
        let name: String
        let reason: String
        var pattern: String?
        var subscription: Int64?
    }

    fileprivate var words: Words {
        switch self {
        case .tenantSuspended: Words(name: "tenant-suspended", reason: "the tenant is suspended")
        case .keyRevoked: Words(name: "key-revoked", reason: "the key is revoked")
        case .credentialExpired: Words(name: "credential-expired", reason: "the key has expired")
        case .targetDisabled: Words(name: "target-disabled", reason: "the target is disabled")
        case .toolQuarantined:
            Words(
                name: "tool-quarantined",
                reason: "the tool is quarantined for everybody until `tool approve`"
            )
        case .deniedByKey(let pattern):
            Words(name: "denied-by-key", reason: "a deny pattern of the key matches", pattern: pattern.text)
        case .deniedByTenant(let pattern):
            Words(
                name: "denied-by-tenant",
                reason: "a deny pattern of the tenant matches",
                pattern: pattern.text
            )
        case .notAllowedByKey:
            Words(name: "not-allowed-by-key", reason: "the key has allow patterns and none matches")
        case .notAllowedByTenant:
            Words(name: "not-allowed-by-tenant", reason: "the tenant has allow patterns and none matches")
        case .noSubscription:
            Words(name: "no-subscription", reason: "the tenant has no approved subscription to the target")
        case .subscriptionExpired(let id, _):
            Words(name: "subscription-expired", reason: "the subscription has expired", subscription: id)
        case .outsideSubscription(let id):
            Words(
                name: "outside-subscription",
                reason: "the subscription's patterns leave the tool out",
                subscription: id
            )
        case .definitionNotApproved(let id):
            Words(
                name: "definition-not-approved",
                reason:
                    "the tool is new, changed or renamed since the subscription was approved; `tool approve` takes it",
                subscription: id
            )
        case .outsideScopes: Words(name: "outside-scopes", reason: "no scope of the token opens the tool")
        case .openTarget: Words(name: "open-target", reason: "the target needs no subscription")
        case .subscription(let id):
            Words(name: "subscription", reason: "a subscription gives it", subscription: id)
        }
    }
}

let explanationSchema = Schema.object([
    .required("tenant", .name),
    .required("tool", .string()),
    .required("key", .string().orNull),
    .required("allowed", .boolean()),
    .required("rule", .string(1...64, "the rule that decided, for programs")),
    .required("reason", .string(1...1_024, "the same, for people")),
    .required("pattern", .string(1...256, "of that rule").orNull),
    .required("subscription", .id.orNull),
    .required("allowedBy", .toolPatterns),
])
