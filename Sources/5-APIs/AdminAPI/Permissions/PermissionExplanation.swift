import JSON
import Policy
import REST
import Store

extension OperationCall where Service == Services {
    /// What the policy says of a tenant and a tool now. `key` is a prefix; without one the tenant's own rules count.
    func explanation(
        tenant: String,
        tool: String,
        key: String?
    ) async throws(Problem) -> ExplanationForm.Record {
        let now = nowMs
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
            return refusal(listed, tenant: tenant, key: key)
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
        return ExplanationForm.Record(
            tenant: tenant,
            tool: record.exposedName,
            key: key,
            isAllowed: found.decision == .allowed,
            words: found.rule.words,
            allowedBy: found.allowedBy.map { $0.text }
        )
    }
}

/// Of a tool that nobody gets.
private func refusal(_ tool: ListedTool, tenant: String, key: String?) -> ExplanationForm.Record {
    var reason = "the tool is refused"
    if case .refused(let record, _) = tool {
        let member = record.tool.member
        reason += ": \(member.isEmpty ? "" : "\(member): ")\(record.tool.reason)"
    }
    return ExplanationForm.Record(
        tenant: tenant,
        tool: tool.exposedName,
        key: key,
        isAllowed: false,
        words: RuleWords(name: "tool-refused", reason: reason),
        allowedBy: []
    )
}

/// What is said of the rule that decided.
struct RuleWords: Sendable {
    let name: String
    let reason: String
    var pattern: String?
    var subscription: Int64?
}

extension Explanation.Rule {
    fileprivate var words: RuleWords {
        switch self {
        case .tenantSuspended: RuleWords(name: "tenant-suspended", reason: "the tenant is suspended")
        case .keyRevoked: RuleWords(name: "key-revoked", reason: "the key is revoked")
        case .credentialExpired: RuleWords(name: "credential-expired", reason: "the key has expired")
        case .targetDisabled: RuleWords(name: "target-disabled", reason: "the target is disabled")
        case .toolQuarantined:
            RuleWords(
                name: "tool-quarantined",
                reason: "the tool is quarantined for everybody until `tool approve`"
            )
        case .deniedByKey(let pattern):
            RuleWords(
                name: "denied-by-key",
                reason: "a deny pattern of the key matches",
                pattern: pattern.text
            )
        case .deniedByTenant(let pattern):
            RuleWords(
                name: "denied-by-tenant",
                reason: "a deny pattern of the tenant matches",
                pattern: pattern.text
            )
        case .notAllowedByKey:
            RuleWords(name: "not-allowed-by-key", reason: "the key has allow patterns and none matches")
        case .notAllowedByTenant:
            RuleWords(name: "not-allowed-by-tenant", reason: "the tenant has allow patterns and none matches")
        case .noSubscription:
            RuleWords(
                name: "no-subscription",
                reason: "the tenant has no approved subscription to the target"
            )
        case .subscriptionExpired(let id, _):
            RuleWords(name: "subscription-expired", reason: "the subscription has expired", subscription: id)
        case .outsideSubscription(let id):
            RuleWords(
                name: "outside-subscription",
                reason: "the subscription's patterns leave the tool out",
                subscription: id
            )
        case .definitionNotApproved(let id):
            RuleWords(
                name: "definition-not-approved",
                reason:
                    "the tool is new, changed or renamed since the subscription was approved; `tool approve` takes it",
                subscription: id
            )
        case .outsideScopes: RuleWords(name: "outside-scopes", reason: "no scope of the token opens the tool")
        case .openTarget: RuleWords(name: "open-target", reason: "the target needs no subscription")
        case .subscription(let id):
            RuleWords(name: "subscription", reason: "a subscription gives it", subscription: id)
        }
    }
}

/// How an explanation looks; docs/cli-json.md has the words.
struct ExplanationForm: Form {
    struct Record: Sendable {
        let tenant: String
        let tool: String
        let key: String?
        let isAllowed: Bool
        let words: RuleWords
        let allowedBy: [String]
    }

    static let component: String? = "Explanation"

    let tenant = Member("tenant", .name, \Record.tenant)
    let tool = Member("tool", .text, \Record.tool)
    let key = Member("key", .text, \Record.key)
    let allowed = Member("allowed", .truth, \Record.isAllowed)
    let rule = Member("rule", .text(1...64, "the rule that decided, for programs"), \Record.words.name)
    let reason = Member("reason", .text(1...1_024, "the same, for people"), \Record.words.reason)
    let pattern = Member("pattern", .text(1...256, "of that rule"), \Record.words.pattern)
    let subscription = Member("subscription", .id, \Record.words.subscription)
    let allowedBy = Member("allowedBy", .patternTexts, \Record.allowedBy)

    static func sentence(_ answer: Answer<ExplanationForm>) -> Sentence {
        let key: Sentence? = answer.key.map { " with key \($0)" }
        let may = answer.allowed ? "may call" : "may not see or call"
        let pattern: Sentence? = answer.pattern.map { ", \($0)" }
        let subscription: Sentence? = answer.subscription.map { " (subscription \($0))" }
        let allowedBy: Sentence? =
            answer.allowedBy.isEmpty
            ? nil : "; allowed by \(answer.allowedBy.joined(separator: " "))"
        let decision: Sentence =
            "tenant \(answer.tenant)\(key) \(may) \(answer.tool): \(answer.reason)"
        return "\(decision)\(pattern)\(subscription)\(allowedBy)"
    }
}
