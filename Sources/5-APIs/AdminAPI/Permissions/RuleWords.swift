import Policy
import Store

/// The rule that decided, in words for programs and for people.
package struct RuleWords: Sendable {
    /// The tenant's subscription that the rule is about.
    struct Subscription: Sendable {
        let id: Int64
        let state: SubscriptionRecord.State
    }

    let name: String
    var reason: String
    var pattern: String?
    var subscription: Subscription?
    /// How to change the decision, with a command.
    var hint: String?
}

/// The tenant, key and tool that a decision is about.
struct RuleSubject {
    let tenant: String
    /// The key's prefix; nil for the tenant's own rules.
    let key: String?
    let tool: ToolRecord
    /// The tenant's latest subscription to the tool's target.
    let subscription: SubscriptionRecord?
    /// Whether the tool has an alias that no pattern matches, while one matches the tool's own name.
    let isHiddenByAlias: Bool

    fileprivate var name: String { shellWord(tool.exposedName) }

    fileprivate var target: String { tool.target.text }

    fileprivate var whoseKey: String {
        key.map { "`mcp-gateway key show \($0)`" } ?? "`mcp-gateway key list`"
    }

    /// A note for the case that no pattern matches, but one would without the alias.
    fileprivate var aliasNote: String {
        isHiddenByAlias
            ? "; one matches its own name, \(target)___\(tool.definition.name), which its alias stands in place of"
            : ""
    }
}

extension Explanation.Rule {
    func words(about subject: RuleSubject) -> RuleWords {
        switch self {
        case .tenantSuspended, .keyRevoked, .credentialExpired: credentialWords(subject)
        case .targetDisabled, .toolQuarantined: toolWords(subject)
        case .deniedByKey, .deniedByTenant, .notAllowedByKey, .notAllowedByTenant, .outsideScopes:
            patternWords(subject)
        case .noSubscription, .subscriptionExpired, .outsideSubscription, .definitionNotApproved, .openTarget,
            .subscription:
            subscriptionWords(subject)
        }
    }

    private func credentialWords(_ subject: RuleSubject) -> RuleWords {
        let anotherKey = "`mcp-gateway key issue \(subject.tenant)` makes another"
        return switch self {
        case .keyRevoked: RuleWords(name: "key-revoked", reason: "the key is revoked", hint: anotherKey)
        case .credentialExpired:
            RuleWords(name: "credential-expired", reason: "the key has expired", hint: anotherKey)
        default:
            RuleWords(
                name: "tenant-suspended",
                reason: "the tenant is suspended",
                hint: "`mcp-gateway tenant resume \(subject.tenant)` lets it in again"
            )
        }
    }

    private func toolWords(_ subject: RuleSubject) -> RuleWords {
        if case .targetDisabled = self {
            return RuleWords(
                name: "target-disabled",
                reason: "the target is disabled",
                hint: "`mcp-gateway target enable \(subject.target)` turns it on"
            )
        }
        return RuleWords(
            name: "tool-quarantined",
            reason: "the tool is quarantined for everybody until `tool approve`",
            hint: "`mcp-gateway tool approve \(subject.name)` gives it back"
        )
    }

    private func patternWords(_ subject: RuleSubject) -> RuleWords {
        switch self {
        case .deniedByKey(let pattern):
            RuleWords(
                name: "denied-by-key",
                reason: "a deny pattern of the key matches",
                pattern: pattern.text,
                hint: "\(subject.whoseKey) shows its patterns, which stay as they were issued"
            )
        case .deniedByTenant(let pattern):
            RuleWords(
                name: "denied-by-tenant",
                reason: "a deny pattern of the tenant matches",
                pattern: pattern.text,
                hint:
                    "`mcp-gateway permission remove \(subject.tenant) \(shellWord(pattern.text))` takes it away"
            )
        case .notAllowedByKey:
            RuleWords(
                name: "not-allowed-by-key",
                reason: "the key has allow patterns and none matches\(subject.aliasNote)",
                hint: "\(subject.whoseKey) shows its patterns, which stay as they were issued"
            )
        case .outsideScopes: RuleWords(name: "outside-scopes", reason: "no scope of the token opens the tool")
        default:
            RuleWords(
                name: "not-allowed-by-tenant",
                reason: "the tenant has allow patterns and none matches\(subject.aliasNote)",
                hint: "`mcp-gateway permission allow \(subject.tenant) \(subject.name)` adds one"
            )
        }
    }

    private func subscriptionWords(_ subject: RuleSubject) -> RuleWords {
        let askAgain = "`mcp-gateway subscription request \(subject.tenant) \(subject.target)` asks anew"
        switch self {
        case .subscriptionExpired(let id, _):
            return RuleWords(
                name: "subscription-expired",
                reason: "the subscription has expired",
                subscription: .init(id: id, state: .expired),
                hint: askAgain
            )
        case .outsideSubscription(let id):
            return RuleWords(
                name: "outside-subscription",
                reason: "the subscription's patterns leave the tool out\(subject.aliasNote)",
                subscription: .init(id: id, state: .approved),
                hint: "`mcp-gateway subscription show \(id)` shows them"
            )
        case .definitionNotApproved(let id):
            return RuleWords(
                name: "definition-not-approved",
                reason:
                    "the tool is new, changed or renamed since the subscription was approved; `tool approve` takes it",
                subscription: .init(id: id, state: .approved),
                hint:
                    "`mcp-gateway tool approve \(subject.name) --tenant \(subject.tenant) --dry-run` shows what is new"
            )
        case .subscription(let id):
            return RuleWords(
                name: "subscription",
                reason: "a subscription gives it",
                subscription: .init(id: id, state: .approved)
            )
        case .openTarget: return RuleWords(name: "open-target", reason: "the target needs no subscription")
        default: return noSubscription(subject)
        }
    }

    private func noSubscription(_ subject: RuleSubject) -> RuleWords {
        var words = RuleWords(
            name: "no-subscription",
            reason: "the tenant has no approved subscription to the target",
            hint: "`mcp-gateway subscription request \(subject.tenant) \(subject.target)` asks for one"
        )
        guard let latest = subject.subscription else { return words }
        words.subscription = .init(id: latest.id, state: latest.state)
        if latest.state == .pending {
            words.hint = "`mcp-gateway subscription approve \(latest.id)` grants it"
        }
        return words
    }
}

/// The text, quoted if necessary so that a shell reads it as one literal word.
private func shellWord(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "_-.:/@%+=,".utf8.contains(byte)
    }
    if isPlain, !text.isEmpty { return text }
    return "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
}
