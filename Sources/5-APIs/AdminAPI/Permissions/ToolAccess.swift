import Policy
import REST
import Store

/// Whether a tenant, or one of its keys, may use each tool now, and why. `explain`, `tool list` and `key show` use it.
///
/// The policy alone decides. This only adds explanations: the state of a subscription, and the command that would
/// change the decision.
struct ToolAccess: Sendable {
    let tenant: TenantName
    /// The key's prefix; nil for the tenant's own rules.
    let key: String?
    private let snapshot: Snapshot
    private let principal: Principal
    /// [target] → the tenant's latest subscription.
    private let subscriptions: [String: SubscriptionRecord]
    private let nowMs: Int64

    /// - Throws: `.notFound` when the tenant, or its key, doesn't exist.
    init(
        of tenant: TenantName,
        key: String?,
        in reading: borrowing ReadTransaction,
        nowMs: Int64
    ) throws(StoreError) {
        _ = try reading.tenant(tenant, nowMs: nowMs)
        if let key {
            let found = try reading.key(prefix: key)
            // Another tenant's key gets the same answer as one that doesn't exist.
            guard found.tenant == tenant else {
                throw StoreError(
                    .notFound,
                    "tenant \(tenant) has no key \(found.prefix)",
                    hint: "`mcp-gateway key list \(tenant)` shows its keys"
                )
            }
        }
        let snapshot = try reading.loadSnapshot()
        guard let holder = snapshot.tenant(named: tenant.text) else {
            throw StoreError(.failed, "the policy lacks tenant \(tenant)", hint: "`mcp-gateway doctor` looks")
        }
        if let key {
            guard let known = snapshot.keys.firstIndex(where: { $0.prefix == key }) else {
                throw StoreError(.failed, "the policy lacks key \(key)", hint: "`mcp-gateway doctor` looks")
            }
            principal = Principal(tenant: holder, key: known)
        } else {
            let grant = TokenGrant(scopes: ScopeSet(), expiresAtMs: .max, subject: 0)
            principal = Principal(tenant: holder, credential: .token(grant))
        }
        // The newest come first.
        subscriptions = Dictionary(
            try reading.subscriptions(SubscriptionFilter(tenant: tenant), nowMs: nowMs)
                .filter { $0.targetID != nil }.map { ($0.target.text, $0) },
            uniquingKeysWith: { newest, _ in newest }
        )
        self.tenant = tenant
        self.key = key
        self.snapshot = snapshot
        self.nowMs = nowMs
    }

    /// The explanation for a tool that the policy knows, or for a refused one.
    func explanation(of tool: ListedTool) -> AccessForm.Record {
        guard case .served(let record) = tool,
            let position = snapshot.entry(named: record.exposedName)
        else { return refusal(of: tool) }
        let found = snapshot.explain(principal, tool: position, nowMs: nowMs)
        let subject = RuleSubject(
            tenant: tenant.text,
            key: key,
            tool: record,
            subscription: subscriptions[record.target.text],
            isHiddenByAlias: isHidden(record, byAliasUnder: found.rule)
        )
        return AccessForm.Record(
            isAllowed: found.decision == .allowed,
            words: found.rule.words(about: subject),
            allowedBy: found.allowedBy.map { $0.text }
        )
    }

    /// The number of tools in the catalog, and the number of those that can be seen and called.
    var counts: (all: Int, visible: Int) {
        (snapshot.toolCount, snapshot.visibleTools(for: principal, nowMs: nowMs).count)
    }

    /// Whether one of the patterns that must match the tool would match if the tool had no alias.
    private func isHidden(_ tool: ToolRecord, byAliasUnder rule: Explanation.Rule) -> Bool {
        guard tool.alias != nil else { return false }
        let patterns: [NamePattern]
        switch rule {
        case .notAllowedByKey: patterns = principal.key.map { snapshot.keys[$0].allow } ?? []
        case .notAllowedByTenant: patterns = snapshot.tenants[principal.tenant].allow
        case .outsideSubscription:
            let subscription = subscriptions[tool.target.text]
            patterns = (subscription?.requestedTools ?? []) + (subscription?.approvedTools ?? [])
        default: return false
        }
        let ownName = ToolRecord.exposedName(target: tool.target.text, tool: tool.definition.name)
        return patterns.contains { $0.matches(ownName.utf8.span) }
    }

    private func refusal(of tool: ListedTool) -> AccessForm.Record {
        var words = RuleWords(name: "tool-refused", reason: "the tool is refused")
        if case .refused(let record, _) = tool {
            let member = record.tool.member
            words.reason += ": \(member.isEmpty ? "" : "\(member): ")\(record.tool.reason)"
            // Only a wrong name can be corrected by a command, which the reason then names.
            if !words.reason.contains("`mcp-gateway") {
                words.hint = "`mcp-gateway target refresh \(record.target)` reads it again once it's mended"
            }
        }
        return AccessForm.Record(isAllowed: false, words: words, allowedBy: [])
    }
}
