/// Why a principal may or may not use a tool: for operators, never for the caller.
package struct Explanation: Sendable, Equatable {
    /// The rule that decided.
    package enum Rule: Sendable, Equatable {
        case tenantSuspended
        case keyRevoked
        case credentialExpired
        case targetDisabled
        /// The tool is in quarantine and hidden from everybody.
        case toolQuarantined
        case deniedByKey(NamePattern)
        case deniedByTenant(NamePattern)
        /// The key has allow patterns and none matches.
        case notAllowedByKey
        /// The tenant has allow patterns and none matches.
        case notAllowedByTenant
        case noSubscription
        case subscriptionExpired(id: Int64, atMs: Int64)
        /// The subscription's patterns leave the tool out.
        case outsideSubscription(id: Int64)
        /// The tool is new, or its definition or name has changed since the subscription was approved.
        case definitionNotApproved(subscription: Int64)
        /// None of the token's scopes opens the tool.
        case outsideScopes
        /// Allowed, as the target needs no subscription.
        case openTarget
        /// Allowed by a subscription.
        case subscription(id: Int64)
    }

    package let decision: Decision
    package let rule: Rule
    /// The allow patterns that matched, if any: the key's, then the tenant's.
    package let allowedBy: [NamePattern]
}

extension Snapshot {
    /// The decision of `authorize`, made from the rules one by one. Linear in the rules; not for the call path.
    package func explain(_ principal: Principal, tool: Int, nowMs: Int64) -> Explanation {
        switch refusal(of: principal, nowMs: nowMs) {
        case nil: break
        case .revoked: return .hidden(.keyRevoked)
        case .expired: return .hidden(.credentialExpired)
        // This is the only other reason why a known credential may do nothing.
        default: return .hidden(.tenantSuspended)
        }
        let entry = tools[tool]
        if !targets[entry.target].isEnabled { return .hidden(.targetDisabled) }
        if entry.state != .active { return .hidden(.toolQuarantined) }
        let tenant = tenants[principal.tenant]
        var allowedBy: [NamePattern] = []
        if let key = principal.key.map({ keys[$0] }) {
            if let pattern = key.deny.first(where: entry.matches) { return .hidden(.deniedByKey(pattern)) }
            if !key.allow.isEmpty {
                guard let pattern = key.allow.first(where: entry.matches) else {
                    return .hidden(.notAllowedByKey)
                }
                allowedBy.append(pattern)
            }
        }
        if let pattern = tenant.deny.first(where: entry.matches) { return .hidden(.deniedByTenant(pattern)) }
        if !tenant.allow.isEmpty {
            guard let pattern = tenant.allow.first(where: entry.matches) else {
                return .hidden(.notAllowedByTenant)
            }
            allowedBy.append(pattern)
        }
        let grant = grant(to: principal.tenant, of: entry, nowMs: nowMs)
        switch grant {
        case .openTarget, .subscription: break
        default: return .hidden(grant)
        }
        if case .token(let token) = principal.credential, let scopes,
            !scopes.indices.contains(where: { scope in
                token.scopes.contains(ScopeSet(scope)) && scopes[scope].contains(where: entry.matches)
            })
        {
            return Explanation(decision: .outsideScopes, rule: .outsideScopes, allowedBy: allowedBy)
        }
        return Explanation(decision: .allowed, rule: grant, allowedBy: allowedBy)
    }

    /// The rule by which the target's approval and the tenant's subscription decide.
    private func grant(to tenant: Int, of tool: ToolEntry, nowMs: Int64) -> Explanation.Rule {
        let target = targets[tool.target]
        if target.approval == .open { return .openTarget }
        guard let subscription = subscription(of: tenant, to: tool.target) else { return .noSubscription }
        if let atMs = subscription.expiresAtMs, atMs <= nowMs {
            return .subscriptionExpired(id: subscription.id, atMs: atMs)
        }
        for patterns in [subscription.requestedTools, subscription.approvedTools]
        where !patterns.isEmpty && !patterns.contains(where: tool.matches) {
            return .outsideSubscription(id: subscription.id)
        }
        if target.pinsDefinitions, let pinSet = subscription.pinSet, !pinSets[pinSet].holds(tool) {
            return .definitionNotApproved(subscription: subscription.id)
        }
        return .subscription(id: subscription.id)
    }

    /// O(log n) in all subscriptions, linear in the tenant's.
    private func subscription(of tenant: Int, to target: Int) -> SubscriptionEntry? {
        var range = subscriptions.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                subscriptions[middle].tenant >= tenant
                ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return subscriptions[range.lowerBound...].prefix { $0.tenant == tenant }.first { $0.target == target }
    }
}

extension Explanation {
    fileprivate static func hidden(_ rule: Rule) -> Explanation {
        Explanation(decision: .hidden, rule: rule, allowedBy: [])
    }
}

extension ToolEntry {
    fileprivate func matches(_ pattern: NamePattern) -> Bool { pattern.matches(exposedName.utf8.span) }
}
