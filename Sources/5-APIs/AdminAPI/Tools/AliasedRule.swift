import Policy
package import REST
import Store

/// A rule that concerns a tool under only one of its two names, the one before and the one after a change of its alias:
/// the operator who renames the tool should know.
package struct AliasedRule: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable { case allow, deny, limit, subscription }

    let kind: Kind
    let tenant: String
    /// The prefix of the key that the rule narrows; `nil` for the tenant's own rule.
    var key: String?
    /// The rule's pattern, or the tool's name in a limit.
    let pattern: String
    /// Whether the rule matches the new name; otherwise it no longer matches the tool.
    let matches: Bool

    /// All such rules of all tenants. Linear in the rules.
    static func all(about change: AliasChange, in snapshot: Snapshot) -> [AliasedRule] {
        let (old, new) = (change.previousName, change.exposedName)
        guard old != new else { return [] }
        var rules: [AliasedRule] = []
        func add(_ kind: Kind, _ tenant: Int, key: String? = nil, _ patterns: [NamePattern]) {
            for pattern in patterns {
                let matches = pattern.matches(new.utf8.span)
                guard matches != pattern.matches(old.utf8.span) else { continue }
                let tenant = snapshot.tenants[tenant].name
                rules.append(
                    AliasedRule(kind: kind, tenant: tenant, key: key, pattern: pattern.text, matches: matches)
                )
            }
        }
        for (position, tenant) in snapshot.tenants.enumerated() {
            add(.allow, position, tenant.allow)
            add(.deny, position, tenant.deny)
        }
        for key in snapshot.keys where !key.isRevoked {
            add(.allow, key.tenant, key: key.prefix, key.allow)
            add(.deny, key.tenant, key: key.prefix, key.deny)
        }
        for subscription in snapshot.subscriptions
        where snapshot.targets[subscription.target].name == change.target.text {
            add(.subscription, subscription.tenant, subscription.requestedTools + subscription.approvedTools)
        }
        for limit in snapshot.limits {
            guard case .tenantTool(let tenant, let tool) = limit.scope, tool == old || tool == new else {
                continue
            }
            let name = snapshot.tenants[tenant].name
            rules.append(AliasedRule(kind: .limit, tenant: name, pattern: tool, matches: tool == new))
        }
        return rules
    }
}

package struct AliasedRuleForm: Form {
    package typealias Record = AliasedRule

    package let kind = Member("kind", .word(of: Record.Kind.self), \Record.kind.rawValue)
    package let tenant = Member("tenant", .name, \Record.tenant)
    package let key = Member("key", .text(1...64, "the prefix of the key that it narrows"), \Record.key)
    package let pattern = Member("pattern", .text(1...512), \Record.pattern)
    package let matches = Member(
        "matches",
        .truth("whether it matches the new name; else only the one before"),
        \Record.matches
    )

    package init() {}
}
