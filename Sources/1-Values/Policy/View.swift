/// The tools that a key, or a tenant as a whole, may see while no subscription has expired.
struct View: Sendable {
    /// A position in the snapshot's sets.
    let set: Int
    let tenant: Int
    /// The time at which the first of the tenant's subscriptions expires, in milliseconds since 1970.
    let firstExpiryMs: Int64
}

/// The identity of a list: principals with equal ids see equal lists, in one snapshot.
package struct ViewID: Sendable, Hashable {
    fileprivate let set: Int
    /// The tenant whose subscriptions have expired, and how many; -1 and 0 when none has.
    fileprivate let tenant: Int
    fileprivate let expired: Int
    /// A token's scopes; nil for a key, which no scope narrows.
    fileprivate let scopes: UInt64?
}

/// The time at which a tenant's subscription to a target ends.
struct SubscriptionExpiry: Sendable {
    let atMs: Int64
    let target: Int
}

extension Snapshot {
    /// The id of the list that a principal sees at `nowMs`. O(1), or linear in the tenant's expiring subscriptions.
    package func viewID(for principal: Principal, nowMs: Int64) -> ViewID {
        let view = views[viewPosition(of: principal)]
        var expired = 0
        if nowMs >= view.firstExpiryMs {
            for expiry in expiries[view.tenant] where expiry.atMs <= nowMs { expired += 1 }
        }
        var scopes: UInt64?
        if scopeSets != nil, case .token(let grant) = principal.credential { scopes = grant.scopes.rawValue }
        return ViewID(
            set: view.set,
            tenant: expired == 0 ? -1 : view.tenant,
            expired: expired,
            scopes: scopes
        )
    }

    /// The first moment after `nowMs` at which a key or a subscription expires; `nil` when none does. O(log n).
    package func nextExpiry(afterMs nowMs: Int64) -> Int64? {
        var range = allExpiriesMs.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                allExpiriesMs[middle] > nowMs
                ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound < allExpiriesMs.count ? allExpiriesMs[range.lowerBound] : nil
    }
}
