/// Why a tool doesn't exist for a principal.
///
/// The caller never learns which: every reason has the wire outcome of an unknown tool. Logs, metrics and
/// `explain` name it. New rules (permissions, subscriptions, pinned definitions) add a case here and a line in
/// `Snapshot.authorize`, nowhere else.
package enum HiddenReason: String, Sendable, Equatable {
    /// The tenant was suspended after the request authenticated, or while its stream stays open.
    case tenantSuspended
    case keyRevoked
    case keyExpired
    /// An operator switched the whole target off.
    case targetDisabled
    /// The tool's definition waits for an operator.
    case toolQuarantined
    /// The key is narrowed to patterns, none of which matches.
    case outsideKeyPatterns
}

/// Whether a principal may see and call a tool; seeing and calling are one right.
package enum Decision: Sendable, Equatable {
    case allowed
    case hidden(HiddenReason)
}

/// Whether a tool is there for anyone.
enum ToolGate: Sendable {
    case open, targetDisabled, quarantined

    init(_ tool: ToolEntry, target: TargetEntry) {
        if !target.isEnabled {
            self = .targetDisabled
        } else {
            self = tool.state == .active ? .open : .quarantined
        }
    }
}

extension Snapshot {
    /// The one decision of the gateway. Lists, calls, search and every later surface ask here.
    ///
    /// `tool` is a position in `tools`, as `tool(named:)` gives it; `nowMs` counts from 1970.
    /// O(1) for keys without patterns, else linear in the key's own patterns; allocates nothing.
    package func authorize(_ principal: Principal, tool: Int, nowMs: Int64) -> Decision {
        let key = keyGates[principal.key]
        switch key.standing(nowMs: nowMs) {
        case .good: break
        case .keyRevoked: return .hidden(.keyRevoked)
        case .keyExpired: return .hidden(.keyExpired)
        case .tenantSuspended: return .hidden(.tenantSuspended)
        }
        switch toolGates[tool] {
        case .open: break
        case .targetDisabled: return .hidden(.targetDisabled)
        case .quarantined: return .hidden(.toolQuarantined)
        }
        guard key.isNarrowed else { return .allowed }
        return isWithinPatterns(ofKey: principal.key, tool: tool) ? .allowed : .hidden(.outsideKeyPatterns)
    }

    /// Every tool that `authorize` allows, in order of exposed names. Linear; cache what is rendered by `viewID`.
    package func visibleTools(for principal: Principal, nowMs: Int64) -> [Int] {
        tools.indices.filter { authorize(principal, tool: $0, nowMs: nowMs) == .allowed }
    }
}
