import MCP

/// Whether a principal may see and call a tool; seeing and calling are one right.
package enum Decision: Sendable, Equatable {
    case allowed
    /// For the caller, the tool doesn't exist and the reason stays unknown: each reason has the wire outcome of an
    /// unknown tool.
    /// `explain` names it to operators.
    case hidden
    /// The tenant may use the tool, but the token lacks a scope for it; its holder may be told which scopes would do.
    case outsideScopes
}

extension Snapshot {
    /// The gateway's one decision on access. Lists, calls, search and every later surface use it.
    ///
    /// `tool` is a position in `tools`, as returned by `tool(named:)`; `nowMs` counts from 1970. Tests a bit in a set
    /// that was compiled with the snapshot: O(1) however many tools and rules there are, and for a token O(its scopes).
    /// Allocates nothing. `explain` makes the same decision from the rules themselves.
    package func authorize(_ principal: Principal, tool: Int, nowMs: Int64) -> Decision {
        guard refusal(of: principal, nowMs: nowMs) == nil else { return .hidden }
        let view = views[viewPosition(of: principal)]
        guard sets[view.set].contains(tool) else { return .hidden }
        if nowMs >= view.firstExpiryMs, isExpired(view, target: tools[tool].target, nowMs: nowMs) {
            return .hidden
        }
        guard case .token(let grant) = principal.credential, let scopeSets else { return .allowed }
        for (scope, set) in scopeSets.enumerated()
        where grant.scopes.contains(ScopeSet(scope)) && set.contains(tool) {
            return .allowed
        }
        return .outsideScopes
    }

    /// Every tool that `authorize` allows, in order of exposed names. Linear; cache rendered lists by `visibleSet`.
    package func visibleTools(for principal: Principal, nowMs: Int64) -> [Int] {
        visibleEntries(of: .tool, for: principal, nowMs: nowMs)
    }

    /// Numbers that two principals' lists have in common only when they show the same entries with the same
    /// definitions (but for one case in 2⁶⁴); also across snapshots. Linear in the entries.
    package func fingerprint(for principal: Principal, nowMs: Int64) -> ViewFingerprint {
        var sums = ViewFingerprint()
        visibleSet(for: principal, nowMs: nowMs).forEach {
            sums.add(toolFingerprints[$0], of: tools[$0].kind)
        }
        return sums
    }

    /// The positions of the configured scopes that would let a token of that tenant use the tool.
    package func scopes(allowing tool: Int) -> [Int] {
        (scopeSets ?? []).indices.filter { scopeSets?[$0].contains(tool) == true }
    }

    /// Every entry that `authorize` allows, of any kind, as a set: with equal entries in the snapshots, equal sets are equal
    /// lists. Linear in the entries / 64.
    package func visibleSet(for principal: Principal, nowMs: Int64) -> ToolSet {
        guard refusal(of: principal, nowMs: nowMs) == nil else { return ToolSet(count: tools.count) }
        let view = views[viewPosition(of: principal)]
        var set = sets[view.set]
        for expiry in expiries[view.tenant] where expiry.atMs <= nowMs {
            set.remove(toolRanges[expiry.target])
        }
        if case .token(let grant) = principal.credential, let scopeSets {
            var granted = ToolSet(count: tools.count)
            for (scope, scopeSet) in scopeSets.enumerated() where grant.scopes.contains(ScopeSet(scope)) {
                granted.formUnion(scopeSet)
            }
            set.formIntersection(granted)
        }
        return set
    }

    private func isExpired(_ view: View, target: Int, nowMs: Int64) -> Bool {
        expiries[view.tenant].contains { $0.target == target && $0.atMs <= nowMs }
    }

    /// The position of a principal's view. Tokens have their tenant's view.
    func viewPosition(of principal: Principal) -> Int {
        switch principal.credential {
        case .key(let key): keyGates[key].view
        // The tenants' own views come first.
        case .token: principal.tenant
        }
    }
}
